"""peers.py - the Python packages that bunsen is measured against, in a virtual environment of their own, .deps/bench."""
import pathlib
import shutil
import subprocess

TREE = pathlib.Path(__file__).resolve().parent.parent
PARITY, BENCH = TREE / ".deps" / "parity", TREE / ".deps" / "bench"
PACKAGES = {"jax": "jax==0.10.2", "lightning": "lightning==2.6.6", "keras": "keras==3.15.1", "skorch": "skorch==1.4.0",
            "sklearn": "scikit-learn==1.9.1"}
# A package that asks for torch is content with the wheel that is there. Should it not be, pip must stop and not fetch a
# build with gigabytes of CUDA in it.
CONSTRAINT = "torch==2.13.0+cpu\n"


def make_environment():
    """Sees PyTorch and numpy where the parity tests have them: no second copy."""
    if not (PARITY / "bin" / "python").exists():
        subprocess.run([TREE / "tools" / "setup", "--parity"], check=True, stdout=subprocess.DEVNULL)
    shutil.rmtree(BENCH, ignore_errors=True)
    subprocess.run([PARITY / "bin" / "python", "-m", "venv", "--without-pip", BENCH], check=True)
    folder = next((BENCH / "lib").glob("python3*/site-packages"))
    (folder / "parity.pth").write_text(f"../../../../torch-2.13.0+cpu\n../../../../parity/lib/{folder.parent.name}/site-packages\n")
    (BENCH / "constraint").write_text(CONSTRAINT)
    (BENCH / "packages").write_text("")


def python_with(names):
    """The Python that has PyTorch and these peers; installs what is missing."""
    if not (BENCH / "packages").exists():
        make_environment()
    there = (BENCH / "packages").read_text().split()
    missing = [PACKAGES[name] for name in names if PACKAGES[name] not in there]
    if missing:
        print("installing " + " ".join(missing) + " into .deps/bench", flush=True)
        done = subprocess.run(["python3", "-m", "pip", "--python", BENCH / "bin" / "python", "install", "--quiet", "--no-compile",
                               "--only-binary=:all:", "--constraint", BENCH / "constraint", *missing], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True)
        if done.returncode != 0:
            raise SystemExit("bench: pip could not install them:\n" + done.stdout)
        (BENCH / "packages").write_text("\n".join(there + missing) + "\n")
    return BENCH / "bin" / "python"
