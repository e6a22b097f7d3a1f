"""data_test.py - the known data sets: listed, shown, verified, and fetched from servers of every kind."""
import gzip
import http.server
import json
import os
import pathlib
import shutil
import signal
import socket
import ssl
import struct
import subprocess
import threading
import time

import pytest

from programs import Disk, wait_for

FASHION = pathlib.Path("/usr/share/datasets/fashion-mnist")
NAMES = ["train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"]
FILES = [name + ".gz" for name in NAMES]

needs_fashion = pytest.mark.skipif(not FASHION.exists(), reason="Debian's package dataset-fashion-mnist is not installed")


class Server(http.server.ThreadingHTTPServer):
    """Serves Fashion-MNIST, each folder of its own in another way; `asked` lists what was asked for."""
    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked = []
        self.broken_off = {}
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def asked_for(self, folder):
        return [request for request in self.asked if request[0].startswith(f"/{folder}/")]


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        self.server.asked.append((self.path, self.headers.get("Range")))
        folder, name = self.path.strip("/").split("/")[:2]
        getattr(self, "serve_" + folder)(name)

    def content(self, name):
        return (FASHION / name).read_bytes()

    def send_bytes(self, content, first=0, pretend=None, **headers):
        """`pretend`: the length that is promised."""
        self.send_response(206 if first else 200)
        if first:
            self.send_header("Content-Range", f"bytes {first}-{len(content) - 1}/{len(content)}")
        self.send_header("Content-Length", str((pretend or len(content)) - first))
        for key, value in headers.items():
            self.send_header(key.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(content[first:])

    def first_byte(self):
        asked = self.headers.get("Range")
        return int(asked.removeprefix("bytes=").split("-")[0]) if asked else 0

    def break_off_once(self, name, content, first):
        """The first answer for a file ends in its middle."""
        if self.server.broken_off.setdefault(self.path, first) != first or first:
            return False
        del self.server.broken_off[self.path]
        self.server.broken_off[self.path] = -1
        self.send_bytes(content[:len(content) // 2], pretend=len(content))
        self.close_connection = True
        return True

    def serve_whole(self, name):
        self.send_bytes(self.content(name))

    def serve_breaks(self, name):
        content, first = self.content(name), self.first_byte()
        if not self.break_off_once(name, content, first):
            self.send_bytes(content, first)

    def serve_breaks_without_range(self, name):
        content = self.content(name)
        if not self.break_off_once(name, content, 0):
            self.send_bytes(content)

    def serve_breaks_and_changes(self, name):
        """What follows the break-off belongs to another file."""
        content, first = self.content(name), self.first_byte()
        if not self.break_off_once(name, content, first):
            self.send_bytes(bytes(len(content)) if first else content, first)

    def serve_always_breaks(self, name):
        self.send_bytes(self.content(name)[:1000], pretend=2000)
        self.close_connection = True

    def serve_garbage(self, name):
        self.send_bytes(b"<!DOCTYPE html><title>please log in</title>")

    def serve_wrong(self, name):
        shape = (60000 if name.startswith("train") else 10000, 28, 28)
        sizes = shape if "images" in name else shape[:1]
        count = shape[0] * (784 if "images" in name else 1)
        self.send_bytes(gzip.compress(struct.pack(">HBB", 0, 8, len(sizes)) + b"".join(struct.pack(">I", s) for s in sizes) + bytes(count), 1))

    def serve_truncated(self, name):
        self.send_bytes(self.content(name)[:-1000])

    def serve_late_wrong(self, name):
        self.send_bytes(self.content(name) if name != FILES[3] else b"short")

    def serve_busy(self, name):
        if self.server.broken_off.setdefault(self.path, 0) < 2:
            self.server.broken_off[self.path] += 1
            self.send_response(503)
            self.send_header("Content-Length", "0")
            self.end_headers()
        else:
            self.send_bytes(self.content(name))

    def serve_loop(self, name):
        self.send_response(302)
        self.send_header("Location", self.path)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def serve_moved(self, name):
        self.send_response(301)
        self.send_header("Location", "/whole/" + name)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def serve_absent(self, name):
        self.send_error(404)

    def serve_slow(self, name):
        content = self.content(name)
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        pieces = 40
        for i in range(pieces):
            self.wfile.write(content[len(content) * i // pieces:len(content) * (i + 1) // pieces])
            time.sleep(0.05)

    def serve_endless(self, name):
        self.send_response(200)
        self.end_headers()
        try:
            while True:
                self.wfile.write(bytes(1 << 20))
        except OSError:
            pass
        self.close_connection = True


@pytest.fixture
def server():
    running = Server()
    yield running
    running.shutdown()
    running.server_close()


def fetch(workplace, server, folder, *more, **environment):
    return workplace.bunsen("data", "fetch", "fashion_mnist", "--to", "sets", "--from", f"{server.url}/{folder}", *more,
                            no_proxy="*", **environment)


def files_in(folder):
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def kept(workplace):
    return files_in(workplace.folder / "sets" / "fashion_mnist")


def same_as_package(workplace):
    return all((workplace.folder / "sets" / "fashion_mnist" / name).read_bytes() == (FASHION / name).read_bytes() for name in FILES)


# --- fetch

@needs_fashion
@pytest.mark.parametrize("folder", ["whole", "moved", "busy", "slow"])
def test_a_set_is_fetched_whole_and_a_second_fetch_asks_for_nothing(workplace, server, folder):
    done = fetch(workplace, server, folder)
    assert (done.returncode, done.stdout) == (0, "sets/fashion_mnist\n"), done.stderr
    assert kept(workplace) == sorted(FILES)
    assert same_as_package(workplace)
    assert "fashion_mnist: fetched 4 files, all checksums are right\n" in done.stderr
    asked = len(server.asked)
    again = fetch(workplace, server, folder)
    assert again.returncode == 0
    assert again.stderr == "fashion_mnist is already in sets/fashion_mnist, its checksums are right\n"
    assert len(server.asked) == asked


@needs_fashion
def test_a_download_that_breaks_off_goes_on_where_it_stopped(workplace, server):
    done = fetch(workplace, server, "breaks")
    assert done.returncode == 0, done.stderr
    assert same_as_package(workplace)
    for name in FILES:
        half = (FASHION / name).stat().st_size // 2
        assert [asked[1] for asked in server.asked if asked[0].endswith(name)] == [None, f"bytes={half}-"]
    assert "goes on in 0.5 s" in done.stderr


@needs_fashion
def test_a_server_that_cannot_go_on_is_asked_from_the_beginning(workplace, server):
    done = fetch(workplace, server, "breaks_without_range")
    assert done.returncode == 0, done.stderr
    assert same_as_package(workplace)
    assert kept(workplace) == sorted(FILES)


@needs_fashion
def test_pieces_of_two_files_are_seen_and_the_file_is_fetched_in_one_piece(workplace, server):
    done = fetch(workplace, server, "breaks_and_changes")
    assert done.returncode == 0, done.stderr
    assert "its pieces do not fit together; once more" in done.stderr
    assert same_as_package(workplace)


@needs_fashion
@pytest.mark.parametrize("folder, told", [
    ("garbage", "a web page came instead of data"),
    ("wrong", "what came is not fashion_mnist's train-images-idx3-ubyte: SHA-256 of the decompressed file is"),
    ("truncated", "the compressed file breaks off in the middle"),
    ("late_wrong", "what came is not fashion_mnist's t10k-labels-idx1-ubyte: begins with 73 68 6f 72"),
    ("absent", "the server has no such file (404)"),
    ("loop", "the server sends on from address to address, more than 10 times"),
    ("endless", "it is larger than 47.2 MB"),
    ("always_breaks", "(5 attempts)"),
])
def test_what_is_not_the_set_is_told_and_nothing_of_it_is_kept(workplace, server, folder, told):
    done = fetch(workplace, server, folder)
    assert done.returncode == 3
    assert told in done.stderr.splitlines()[-1]
    assert f"{server.url}/{folder}/" in done.stderr.splitlines()[-1]
    assert done.stdout == ""
    assert not (workplace.folder / "sets").exists()


@needs_fashion
def test_a_failed_fetch_leaves_what_was_there_and_a_good_one_sets_it_aside(workplace, server):
    folder = workplace.folder / "sets" / "fashion_mnist"
    folder.mkdir(parents=True)
    shutil.copy(FASHION / FILES[0], folder)
    (folder / NAMES[1]).write_text("mine")
    (folder / FILES[2]).write_text("mine too")
    before = {name: (folder / name).read_bytes() for name in files_in(folder)}
    assert fetch(workplace, server, "wrong").returncode == 3
    assert {name: (folder / name).read_bytes() for name in files_in(folder)} == before

    done = fetch(workplace, server, "whole")
    assert done.returncode == 0, done.stderr
    assert [asked[0] for asked in server.asked_for("whole")] == [f"/whole/{name}" for name in FILES[1:]]
    assert files_in(folder) == sorted(FILES + [NAMES[1] + ".wrong", FILES[2] + ".wrong"])
    assert (folder / (NAMES[1] + ".wrong")).read_text() == "mine"
    assert f"is now called sets/fashion_mnist/{FILES[2]}.wrong" in done.stderr
    assert same_as_package(workplace)


@needs_fashion
def test_control_c_leaves_nothing_behind(workplace, server):
    running = workplace.start("data", "fetch", "fashion_mnist", "--to", "sets", "--from", f"{server.url}/slow", no_proxy="*")
    wait_for(lambda: len(kept(workplace)) > 0)
    running.send_signal(signal.SIGINT)
    _, told = running.communicate(30)
    assert running.returncode == 75
    assert told.splitlines()[-1] == "bunsen: interrupted; nothing is kept"
    assert not (workplace.folder / "sets").exists()


@needs_fashion
def test_the_parts_of_a_killed_fetch_are_removed_by_the_next(workplace, server):
    running = workplace.start("data", "fetch", "fashion_mnist", "--to", "sets", "--from", f"{server.url}/slow", no_proxy="*")
    wait_for(lambda: len(kept(workplace)) > 0)
    running.kill()
    running.communicate(30)
    assert len(kept(workplace)) > 0
    assert fetch(workplace, server, "whole").returncode == 0
    assert kept(workplace) == sorted(FILES)


@needs_fashion
def test_two_fetches_at_once_download_once(workplace, server):
    arguments = ("data", "fetch", "fashion_mnist", "--to", "sets", "--from", f"{server.url}/slow")
    first = workplace.start(*arguments, no_proxy="*")
    wait_for(lambda: server.asked_for("slow"))
    second = workplace.start(*arguments, no_proxy="*")
    told = [running.communicate(60)[1] for running in (first, second)]
    assert [first.returncode, second.returncode] == [0, 0], told
    assert sorted(asked[0] for asked in server.asked) == sorted(f"/slow/{name}" for name in FILES)
    assert "waiting for another fetch into" in told[1]
    assert "is already in" in told[1]
    assert same_as_package(workplace)


@needs_fashion
@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a small disk")
def test_a_full_disk_is_told_and_nothing_is_kept(workplace, server):
    with Disk(workplace.folder / "small", "size=1m"):
        done = workplace.bunsen("data", "fetch", "fashion_mnist", "--to", "small", "--from", f"{server.url}/whole", no_proxy="*")
        assert done.returncode == 3
        assert "No space left on device" in done.stderr
        assert files_in(workplace.folder / "small") == []


def test_a_server_that_is_not_there_and_an_address_that_is_none(workplace):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        done = workplace.bunsen("data", "fetch", "mnist", "--from", f"http://127.0.0.1:{port}/x", no_proxy="*")
    assert done.returncode == 3
    assert done.stderr.splitlines()[-1] == (
        f"bunsen: can't fetch http://127.0.0.1:{port}/x/{FILES[0]}: failed to connect to 127.0.0.1 port {port}; "
        "`--from URL` names another folder with its files")
    done = workplace.bunsen("data", "fetch", "mnist", "--from", "ftp://127.0.0.1/x", no_proxy="*")
    assert (done.returncode, "not an http, https or file URL" in done.stderr) == (3, True)
    assert not (workplace.folder / "home" / "cache" / "bunsen" / "data").exists()


@pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl to make a certificate with")
def test_a_certificate_that_nobody_vouches_for_is_refused(workplace):
    key, certificate = workplace.folder / "key.pem", workplace.folder / "certificate.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=localhost",
                    "-keyout", key, "-out", certificate], check=True, stderr=subprocess.DEVNULL)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    done = workplace.bunsen("data", "fetch", "mnist", "--from", f"https://localhost:{server.server_address[1]}/whole", no_proxy="*")
    server.shutdown()
    server.server_close()
    assert done.returncode == 3
    assert "the server's certificate is not trusted" in done.stderr


@needs_fashion
def test_a_mirror_and_a_default_folder_come_from_the_environment(workplace, server):
    shutil.copytree(FASHION, workplace.folder / "mirror" / "fashion_mnist")
    done = workplace.bunsen("data", "fetch", "fashion_mnist", BUNSEN_DATA_MIRROR=f"file://{workplace.folder}/mirror")
    # The package's own copy is found, so nothing is fetched.
    assert (done.returncode, done.stdout) == (0, "/usr/share/datasets/fashion-mnist\n")
    done = workplace.bunsen("data", "fetch", "fashion_mnist", "--to", "sets", BUNSEN_DATA_MIRROR=f"file://{workplace.folder}/mirror/")
    assert done.returncode == 0, done.stderr
    assert same_as_package(workplace)
    assert "is set BUNSEN_DATA_MIRROR" not in done.stderr


@needs_fashion
def test_a_terminal_sees_a_bar(workplace, server):
    workplace.environment["no_proxy"] = "*"
    shown, code = workplace.on_terminal("data", "fetch", "fashion_mnist", "--to", "sets", "--from", f"{server.url}/slow")
    assert code == 0
    assert "train-images-idx3-ubyte.gz  [" in shown
    assert " of 26 MB" in shown


def test_names_of_sets_are_checked_before_anything_is_fetched(workplace):
    done = workplace.bunsen("data", "fetch", "mnits")
    assert (done.returncode, done.stderr) == (2, "bunsen: no known data set is called 'mnits'; did you mean 'mnist'?\n")
    done = workplace.bunsen("data", "fetch", "mnist", "fashion_mnist", "--from", "http://127.0.0.1/x")
    assert done.returncode == 2
    assert "--from is the folder of one set's files" in done.stderr


# --- list, verify, show

@needs_fashion
def test_verify_tells_file_by_file_and_list_remembers(workplace):
    folder = workplace.folder / "sets" / "fashion_mnist"
    shutil.copytree(FASHION, folder)
    for name in FILES:
        os.utime(folder / name, (1e9, 1e9))
    where = {"BUNSEN_DATA": str(workplace.folder / "sets")}
    listed = json.loads(workplace.bunsen("data", "list", "--json", **where).stdout)[1]
    assert (listed["found"], listed["verified"], listed["bytes"]) == (True, False, sum((FASHION / name).stat().st_size for name in FILES))
    done = workplace.bunsen("data", "verify", "fashion_mnist", **where)
    assert done.returncode == 0
    assert done.stdout.startswith("fashion_mnist in sets/fashion_mnist\n" + "".join(f"  {name:<26}  right\n" for name in FILES))
    assert json.loads(workplace.bunsen("data", "list", "--json", **where).stdout)[1]["verified"]

    content = bytearray(gzip.decompress((FASHION / FILES[2]).read_bytes()))
    content[1000] ^= 1
    (folder / FILES[2]).write_bytes(gzip.compress(bytes(content), 1))
    (folder / FILES[3]).write_bytes((FASHION / FILES[3]).read_bytes()[:-20])
    done = workplace.bunsen("data", "verify", "fashion_mnist", "--json", **where)
    assert done.returncode == 1
    files = json.loads(done.stdout)[0]["files"]
    assert [file["right"] for file in files] == [True, True, False, False]
    assert files[2]["reason"].startswith("SHA-256 of the decompressed file is ")
    assert files[3]["reason"] == "the compressed file breaks off in the middle"


def test_verify_of_a_set_that_is_not_there_is_no_success(workplace):
    done = workplace.bunsen("data", "verify", "mnist")
    assert done.returncode == 1
    assert "'mnist' was not found; searched data/mnist (not there)" in done.stderr
    assert "`bunsen data fetch mnist` downloads it" in done.stderr


@needs_fashion
def test_a_broken_copy_that_is_passed_over_is_said_in_one_line(workplace):
    broken = workplace.folder / "sets" / "fashion_mnist"
    shutil.copytree(FASHION, broken)
    (broken / FILES[1]).write_bytes((FASHION / FILES[1]).read_bytes()[:-20])
    config = workplace.write("c.yaml", "dataset: fashion_mnist\nepochs: 1\nbatch: 6000\nlayers: [flatten, {linear: 10}]\n"
                             "loss: cross_entropy\noptimizer: sgd\n")
    done = workplace.bunsen("run", config, BUNSEN_DATA=str(workplace.folder / "sets"))
    assert done.returncode == 0, done.stderr
    (note,) = [line for line in done.stderr.splitlines() if line.startswith("note: ")]
    assert note.startswith(f"note: fashion_mnist in {broken} is passed over (")
    assert note.endswith("; taken from /usr/share/datasets/fashion-mnist")
    listed = json.loads(workplace.bunsen("data", "list", "--json", BUNSEN_DATA=str(workplace.folder / "sets")).stdout)[1]
    assert [place["folder"] for place in listed["broken"]] == [str(broken)]
    assert listed["folder"] == "/usr/share/datasets/fashion-mnist"


def test_a_run_without_its_data_names_the_ways_out(workplace):
    config = workplace.write("c.yaml", "dataset: mnist\nepochs: 1\nbatch: 6000\nlayers: [flatten, {linear: 10}]\n"
                             "loss: cross_entropy\noptimizer: sgd\n")
    done = workplace.bunsen("run", config)
    assert done.returncode == 2
    assert "error[BUN033]: dataset: 'mnist' was not found; searched data/mnist (not there)" in done.stderr
    assert "^~~~~ `bunsen data fetch mnist` downloads it, or " in done.stderr
    assert "or set BUNSEN_DATA to the folder with its four files\n" in done.stderr
    called = workplace.bunsen("run", config, BUNSEN_COMMAND="./bunsen")
    assert "`./bunsen data fetch mnist` downloads it" in called.stderr


@needs_fashion
def test_show_tells_classes_pixels_and_pictures(workplace):
    done = workplace.bunsen("data", "show", "fashion_mnist")
    assert done.returncode == 0
    assert done.stdout.startswith("fashion_mnist: 60,000 training and 10,000 test images [1, 28, 28], 10 classes\n")
    assert "Ankle boot      6,000  1,000\n" in done.stdout
    assert "transform: {normalize: {mean: [0.2860], std: [0.3530]}}\n" in done.stdout
    assert "0: Ankle boot" in done.stdout
    told = json.loads(workplace.bunsen("data", "show", "fashion_mnist", "--json").stdout)
    assert told["sample"] == [1, 28, 28]
    assert [row["train"] for row in told["classes"]] == [6000] * 10
    assert told["pixels"]["mean"][0] == pytest.approx(0.2860405969887955)


TABLE = "".join(f"{i};{i * 0.5};{'red' if i % 3 else 'blue'};person {i};{'' if i == 5 else i % 7};{'yes' if i % 2 else 'no'}\r\n" for i in range(1, 61))


def test_show_proposes_the_lines_for_a_table_and_they_train(workplace):
    with gzip.open(workplace.folder / "people.csv.gz", "wt", newline="") as file:
        file.write("\ufeffid;height;colour;name;rank;answer\r\n" + TABLE)
    done = workplace.bunsen("data", "show", "people.csv.gz")
    assert done.returncode == 0
    head, block = done.stdout.split("\n\n# ", 1)
    assert head.startswith("people.csv.gz: 60 rows, 6 columns\n\ncolumn  type ")
    assert block.endswith("""dataset:
  csv:
    file: people.csv.gz
    label: answer
    categorical:
      colour: [blue, red]
    ignore: [id, name]
    missing: mean
    separator: semicolon
transform: standardize
""")
    workplace.write("c.yaml", "# " + block + "epochs: 2\nbatch: 10\nvalidation: 0.2\nlayers: [{linear: 2}]\nloss: cross_entropy\noptimizer: sgd\n")
    done = workplace.bunsen("run", "c.yaml")
    assert done.returncode == 0, done.stderr
    assert workplace.result("c")["dataset"]["train"]["samples"] == 60
    shown = workplace.bunsen("data", "show", "c.yaml")
    assert "csv: 60 training samples [4], 2 classes\n" in shown.stdout
    columns = json.loads(workplace.bunsen("data", "show", "people.csv.gz", "--json").stdout)["columns"]
    assert [(column["name"], column["type"], column["missing"]) for column in columns] == [
        ("id", "number", 0), ("height", "number", 0), ("colour", "words", 0), ("name", "words", 0), ("rank", "number", 1), ("answer", "words", 0)]


def write_idx(path, sizes, content):
    data = struct.pack(">HBB", 0, 8, len(sizes)) + b"".join(struct.pack(">I", size) for size in sizes) + content
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)


def test_ones_own_idx_files_are_shown_and_train(workplace):
    labels = bytes(i % 3 for i in range(90))
    pixels = b"".join(bytes([80 * (label + 1)] * 12) for label in labels)
    write_idx(workplace.folder / "train-images.gz", (90, 3, 4), pixels)
    write_idx(workplace.folder / "train-labels.gz", (90,), labels)
    write_idx(workplace.folder / "test-images", (30, 3, 4), pixels[:360])
    write_idx(workplace.folder / "test-labels", (30,), labels[:30])
    shown = workplace.bunsen("data", "show", "train-images.gz").stdout
    assert shown.startswith("train-images.gz: 90 images [1, 3, 4]\n")
    assert shown.endswith("dataset:\n  idx:\n    images: train-images.gz\n    labels: train-labels.gz\n")
    assert "label  samples\n    0       30\n" in workplace.bunsen("data", "show", "train-labels.gz").stdout
    config = shown[shown.index("dataset:"):] + "    test_images: test-images\n    test_labels: test-labels\n    classes: [cat, dog, owl]\n"
    rest = "epochs: 20\nbatch: 10\nlayers: [flatten, {linear: 3}]\nloss: cross_entropy\noptimizer: {adam: {lr: 0.1}}\n"
    workplace.write("own/c.yaml", config.replace(": t", ": ../t") + rest)
    done = workplace.bunsen("run", "own/c.yaml")
    assert done.returncode == 0, done.stderr
    result = workplace.result("c")
    assert result["dataset"]["name"] == "idx"
    assert result["final"]["test"]["accuracy"] == 1
    told = workplace.bunsen("predict", workplace.runs("c")[0], "--index", "1").stdout
    assert told.startswith("sample 1  label dog  predicted dog")
    # The last layer is checked when the labels have been counted.
    workplace.write("own/d.yaml", config.replace(": t", ": ../t").replace("    classes: [cat, dog, owl]\n", "") + rest.replace("linear: 3", "linear: 4"))
    done = workplace.bunsen("run", "own/d.yaml")
    assert done.returncode == 3
    assert "gives 4 values, the data has 3 classes" in done.stderr


def test_what_can_not_be_shown_is_told(workplace):
    done = workplace.bunsen("data", "show", "fashion")
    assert (done.returncode, done.stderr) == (2, "bunsen: there is no file and no known data set 'fashion'; did you mean 'fashion_mnist'?\n")
    workplace.write("empty.csv", "")
    assert "empty.csv is empty" in workplace.bunsen("data", "show", "empty.csv").stderr
    workplace.write("t.csv", "a,b\n1,2\n")
    assert "t.csv has no column 'c'; known: a, b" in workplace.bunsen("data", "show", "t.csv", "--label", "c").stderr
