"""worker.py - has bunsen-worker train configs, and reads what it leaves (docs/worker_protocol.md)."""
import json
import os
import pathlib
import subprocess

import numpy

BIN = pathlib.Path(os.environ["BUNSEN_BIN"])


class Worker:
    def __init__(self, folder):
        self.folder, self.count = folder, 0
        self.environment = {key: value for key, value in os.environ.items() if key != "BUNSEN_RESULTS"} | {"OMP_WAIT_POLICY": "PASSIVE"}
        self.log = open(folder / "worker.log", "w+")
        self.process = subprocess.Popen([BIN / "bunsen-worker"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log,
                                        text=True, bufsize=1, cwd=folder, env=self.environment)
        self.hello = self.next()

    def close(self):
        self.process.kill()
        self.process.wait()

    def next(self):
        line = self.process.stdout.readline()
        if not line:
            self.log.seek(0)
            raise RuntimeError("the worker has ended: " + self.log.read()[-2000:])
        return json.loads(line)

    def resolve(self, config):
        """The config with all defaults, by the front. JSON is YAML."""
        path = self.folder / "config.yaml"
        path.write_text(json.dumps(config))
        shown = subprocess.run([BIN / "bunsen", "config", path, "--json"], cwd=self.folder, env=self.environment, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True)
        assert shown.returncode == 0, f"{json.dumps(config)}\n{shown.stderr}"
        return json.loads(shown.stdout)

    def train(self, resolved):
        """result.json, and in it also `losses`, those of all steps, and `final_tensors`."""
        self.count += 1
        folder = self.folder / "runs" / str(self.count)
        folder.mkdir(parents=True)
        id = str(self.count)
        request = {"request": "train", "id": id, "folder": str(folder), "config": resolved, "run": {"id": id, "group": "parity", "name": "parity"},
                   "threads": 1, "trace": "steps"}
        self.process.stdin.write(json.dumps(request) + "\n")
        losses, event = [], self.next()
        while event["event"] != "finished":
            assert event["event"] not in ("failed", "error"), event
            if event["event"] == "step":
                losses.append(event["loss"])
            event = self.next()
        result = json.loads((folder / "result.json").read_text())
        result["losses"] = losses
        result["final_tensors"] = read_safetensors(folder / "weights.safetensors")
        return result


def read_safetensors(path):
    data = path.read_bytes()
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8:8 + length])
    header.pop("__metadata__", None)
    kinds = {"F32": numpy.float32, "F64": numpy.float64, "I64": numpy.int64}
    tensors = {}
    for name, entry in header.items():
        begin, end = (8 + length + offset for offset in entry["data_offsets"])
        tensors[name] = numpy.frombuffer(data[begin:end], kinds[entry["dtype"]]).reshape(entry["shape"])
    return tensors
