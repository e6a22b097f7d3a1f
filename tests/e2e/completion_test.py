"""Completion as shells do it: bash's function called as bash calls it, and TAB pressed in bash and zsh on a terminal."""
import os
import pty
import re
import select
import shutil
import subprocess
import time

import pytest

from programs import BIN, BUNSEN, MLP, SOURCE

NAMED = MLP.replace("{linear: $width}", "{linear: {out_features: 8, name: first}}").replace("vars: {width: 8}\n", "")


@pytest.fixture
def here(workplace):
    workplace.write("mlp.yaml", NAMED)
    workplace.write("more/other one.yaml", NAMED)
    workplace.write("notes.txt", "")
    workplace.write("results/old-run/0123456789/status.json", "{}")
    workplace.environment["PATH"] = f"{BIN}:{workplace.environment['PATH']}"
    return workplace


# Takes the line apart as readline does, calls the function, prints what it offers.
CALL = r"""
eval "$(bunsen completion bash)" || exit 1
COMP_WORDBREAKS=$' \t\n"\'><=;|&(:'
COMP_LINE=$1 COMP_POINT=${#1}
COMP_WORDS=() rest=$1
while [[ $rest =~ ^[[:space:]]*([=:]+|\"[^\"]*\"?|[^[:space:]=:\"]+) ]]; do
  COMP_WORDS+=("${BASH_REMATCH[1]}")
  rest=${rest:${#BASH_REMATCH[0]}}
done
[[ $1 == *[[:space:]] ]] && COMP_WORDS+=("")
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
_bunsen bunsen "${COMP_WORDS[COMP_CWORD]}" ""
((${#COMPREPLY[@]})) && printf '%s\n' "${COMPREPLY[@]}"
exit 0
"""


def offered(place, line):
    done = subprocess.run(["bash", "--norc", "-c", CALL, "bash", line], cwd=place.folder, env=place.environment, capture_output=True, text=True)
    assert done.returncode == 0 and done.stderr == ""
    return done.stdout.splitlines()


@pytest.mark.parametrize("line, answers", [
    ("bunsen pre", ["predict"]),
    ("bunsen run --ag", ["--again"]),
    ("bunsen run --device ", ["cpu", "cuda"]),
    ("bunsen run --device=cu", ["cuda"]),
    ("bunsen sweep --keep-weights ", ["best", "all", "none"]),
    ("bunsen check --diagnostics ", ["text", "json", "sarif"]),
    ("bunsen run m", ["mlp.yaml", "more"]),
    ("bunsen run more/", ["more/other one.yaml"]),
    ("bunsen run n", []),
    ("bunsen list --results r", ["results"]),
    ("bunsen list old", ["old-run"]),
    ("bunsen predict 01", ["0123456789"]),
    ("bunsen run --set opti", ["optimizer=", "optimizer."]),
    ("bunsen run mlp.yaml --set optimizer.", ["optimizer.adam=", "optimizer.adam."]),
    ("bunsen run mlp.yaml --set optimizer=sgd --set optimizer.", ["optimizer.sgd=", "optimizer.sgd."]),
    ("bunsen run mlp.yaml --set layers.f", ["layers.first=", "layers.first."]),
    ("bunsen run mlp.yaml --set layers.1.", ["layers.1.relu."]),
    ("bunsen run --set optimizer=ad", ["adam", "adamw", "adagrad"]),
    ("bunsen run --set=loss=ms", ["mse"]),
    ("bunsen run --set batch.shuffle=", ["true", "false"]),
    ("bunsen run --set a:", []),
    ("bunsen run mlp.yaml --set ~val", ["~validation"]),
    ('bunsen run --set "optimizer=adamw', ["optimizer=adamw"]),
    ("bunsen explain BUN03", ["BUN031", "BUN032", "BUN033", "BUN034", "BUN035", "BUN036", "BUN037"]),
    ("bunsen explain optimizer.adamw.bet", ["optimizer.adamw.betas"]),
    ("bunsen run --nothing=", []),
])
def test_bash_offers(here, line, answers):
    assert offered(here, line) == answers


def test_every_command_and_option_that_help_lists_is_offered(here):
    help_text = here.bunsen("--help").stdout
    commands = re.findall(r"^  ([a-z]+)  ", help_text.split("Subcommands:")[1], re.MULTILINE)
    assert offered(here, "bunsen ") == commands and len(commands) >= 11
    for command in commands:
        options = re.findall(r"(?<![\w-])--[a-z][a-z-]*", here.bunsen(command, "--help").stdout.split("Options:")[1].split("\n\n")[0])
        assert set(offered(here, f"bunsen {command} --")) == set(options)


def test_a_program_that_is_not_there_is_silent(here):
    assert offered(here, "./bunsen run --set op") == []


def test_completion_of_nonsense_is_silent(here):
    here.write("broken.yaml", "layers: [\n")
    for words in ([], ["run", "broken.yaml", "--set", "layers."], ["run", "/", "--set", "x.y.z="], ["\xff"], ["--", "--"], ["predict", "\n"]):
        done = here.bunsen("complete", *words)
        assert done.returncode == 0 and done.stderr == ""


class Terminal:
    """A shell on a terminal of its own, into which keys are typed."""

    def __init__(self, place, *command):
        pid, self.screen = pty.fork()
        if pid == 0:
            os.chdir(place.folder)
            os.execvpe(command[0], command, place.environment | {"PS1": "> ", "TERM": "dumb", "INPUTRC": "/dev/null"})

    def type(self, keys, until):
        os.write(self.screen, keys.encode())
        seen, deadline = "", time.monotonic() + 60
        while until not in seen:
            assert time.monotonic() < deadline, seen
            if select.select([self.screen], [], [], 1)[0]:
                seen += os.read(self.screen, 65536).decode(errors="replace")
        return seen

    def line_after(self, keys):
        """The line that stands there after the keys, by the shell's own account."""
        seen = self.type(f"{keys}\x01echo '<' \x05 '>' EN''D\n", "END\r\n")
        return re.findall(r"< (.*?) ?> END", seen)[-1].rstrip()


TABS = [
    ("bunsen ru\t", "bunsen run"),
    ("bunsen run ml\t--set opti\t", "bunsen run mlp.yaml --set optimizer"),
    ("bunsen run --set optimizer.adamw.be\t0.5", "bunsen run --set optimizer.adamw.betas=0.5"),
    ("bunsen run --set loss=cross\t--again", "bunsen run --set loss=cross_entropy --again"),
    ("bunsen run mlp.yaml --set layers.fir\t.li\t.out\t3", "bunsen run mlp.yaml --set layers.first.linear.out_features=3"),
    ("bunsen run more/\t--quiet", "bunsen run more/other one.yaml --quiet"),
    ("bunsen check --diagnostics=s\t", "bunsen check --diagnostics=sarif"),
    ("bunsen run mlp.yaml --set '~epo\t", "bunsen run mlp.yaml --set ~epochs"),
    ("bunsen predict ol\t--index 0", "bunsen predict old-run --index 0"),
    ("./bunsen pla\t", "./bunsen plan"),
]


@pytest.fixture
def tree(here):
    """The script that runs bunsen from a source tree, with a program but nothing that could build one."""
    shutil.copy(SOURCE / "bunsen", here.folder / "bunsen")
    (here.folder / "build").mkdir()
    (here.folder / "build/bin").symlink_to(BIN)
    here.environment.pop("BUNSEN_TORCH", None)  # names another folder than build/
    return here


def test_bash_completes_what_is_typed(tree):
    terminal = Terminal(tree, "bash", "--norc", "--noprofile", "-i")
    terminal.type("bind 'set enable-bracketed-paste off'; eval \"$(bunsen completion bash)\"; echo REA''DY\n", "READY\r\n")
    for keys, line in TABS:
        assert terminal.line_after(keys) == line


@pytest.mark.skipif(shutil.which("zsh") is None, reason="zsh is not installed")
def test_zsh_completes_what_is_typed(tree):
    terminal = Terminal(tree, "zsh", "-f", "-i")
    terminal.type("unset zle_bracketed_paste; autoload -U compinit; compinit -u -D; eval \"$(bunsen completion zsh)\"; echo REA''DY\n", "READY\r\n")
    for keys, line in TABS:
        assert terminal.line_after(keys) == line


@pytest.mark.skipif(shutil.which("zsh") is None, reason="zsh is not installed")
def test_zsh_shows_what_the_words_mean(tree):
    terminal = Terminal(tree, "zsh", "-f", "-i")
    terminal.type("unset zle_bracketed_paste; autoload -U compinit; compinit -u -D; eval \"$(bunsen completion zsh)\"; echo REA''DY\n", "READY\r\n")
    terminal.type("bunsen run --a\x08\t", "train even what is done")


def test_the_script_for_bash_is_clean(here):
    if shutil.which("shellcheck") is None:
        pytest.skip("shellcheck is not installed")
    script = here.bunsen("completion", "bash").stdout
    done = subprocess.run(["shellcheck", "-s", "bash", "-"], input=script, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
