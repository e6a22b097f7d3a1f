"""What the README and the configs show is true: every YAML block checks, every command exists."""
import os
import pathlib
import re
import shutil
import subprocess

import pytest

SOURCE = pathlib.Path(os.environ["BUNSEN_SOURCE_DIR"])
BUNSEN = os.path.join(os.environ["BUNSEN_BIN"], "bunsen")
DOCUMENTS = ["README.md", "CONTRIBUTING.md", *sorted(f"docs/{path.name}" for path in (SOURCE / "docs").glob("*.md"))]


def blocks(document, language):
    text = (SOURCE / document).read_text()
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("document", ["README.md", "docs/configuration.md", "docs/data.md"])
def test_every_yaml_block_checks(document, tmp_path):
    shutil.copytree(SOURCE / "configs", tmp_path, dirs_exist_ok=True)
    found = blocks(document, "yaml")
    assert found
    for number, block in enumerate(found):
        file = tmp_path / f"block_{number}.yaml"
        file.write_text(block)
        done = subprocess.run([BUNSEN, "check", file], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr


def test_the_commands_of_the_readme_exist():
    text = (SOURCE / "README.md").read_text()
    commands = set(re.findall(r"\./bunsen ([a-z]+)", text))
    assert {"run", "check", "sweep", "diff", "list"} <= commands
    for command in commands:
        done = subprocess.run([BUNSEN, command, "--help"], capture_output=True, text=True)
        assert done.returncode == 0, command
    for path in re.findall(r"(?:configs|experiments|tools)/[a-z_]+(?:\.yaml)?", text):
        assert (SOURCE / path).exists(), path


@pytest.mark.parametrize("document", DOCUMENTS)
def test_links_lead_somewhere(document):
    text = (SOURCE / document).read_text()
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", text):
        is_elsewhere = re.match(r"https?:", target)
        assert is_elsewhere or ((SOURCE / document).parent / target).exists(), target


def test_the_run_that_the_readme_shows_has_the_id_it_shows(tmp_path):
    text = (SOURCE / "README.md").read_text()
    (options, shown) = re.search(r"\$ \./bunsen run configs/fashion_relu\.yaml(.*)\n(?:.*\n)*?results/fashion-relu/(\w+)/result\.json", text).groups()
    done = subprocess.run([BUNSEN, "config", SOURCE / "configs/fashion_relu.yaml", *options.split()], capture_output=True, text=True)
    assert f"run id {shown}," in done.stdout
