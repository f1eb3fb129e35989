"""Generates models/, weights/ and rules.json in this folder with torch, torchvision and NumPy.

Requires Debian's python3-torch and python3-torchvision: python3 tests/golden/make_models.py [MODEL...]
The files do not contain the weights and images of the models: `fill` computes them from their names, here and in the tests.
"""

import argparse
import io
import json
import pathlib
import sys
import warnings
import zipfile
from pathlib import Path

import numpy as np
import torch
import torchvision

HERE = Path(__file__).parent
CHUNK = 1 << 22
PROJECTIONS = 4
ENTRIES = 4

# Number of images and their side in pixels, for the evaluation and for the training step.
MODELS = {
    "resnet18": (lambda: torchvision.models.resnet18(), (2, 224), (4, 64)),
    "resnet34": (lambda: torchvision.models.resnet34(), (2, 224), (4, 64)),
    "resnet50": (lambda: torchvision.models.resnet50(), (2, 224), (4, 64)),
    "vgg13-bn": (lambda: torchvision.models.vgg13_bn(), (2, 224), (4, 32)),
    "vgg16-bn": (lambda: torchvision.models.vgg16_bn(), (2, 224), (4, 32)),
    "inception-v3": (lambda: torchvision.models.inception_v3(aux_logits=False, init_weights=True), (2, 299), (4, 107)),
    "inception-v3-auxiliary": (lambda: torchvision.models.inception_v3(aux_logits=True, init_weights=True), (2, 299), (3, 299)),
}


def hashes(name, first, count):
    """32 random bits per index: FNV-1a of the name, then MurmurHash3's finaliser."""
    seed = 2166136261
    for byte in name.encode():
        seed = ((seed ^ byte) * 16777619) & 0xFFFFFFFF
    h = np.arange(first, first + count, dtype=np.uint32) * np.uint32(0x9E3779B1) + np.uint32(seed)
    h ^= h >> np.uint32(16)
    h *= np.uint32(0x85EBCA6B)
    h ^= h >> np.uint32(13)
    h *= np.uint32(0xC2B2AE35)
    return h ^ (h >> np.uint32(16))


def fill(name, count, middle, bound):
    """Uniform float32 values in `middle` +- `bound`. Every operation is rounded to float32."""
    values = np.empty(count, np.float32)
    for first in range(0, count, CHUNK):
        part = values[first:first + CHUNK]
        unit = (hashes(name, first, len(part)) >> np.uint32(8)).astype(np.float32) * np.float32(2.0**-24)
        part[:] = (unit * np.float32(2) - np.float32(1)) * np.float32(bound) + np.float32(middle)
    return values


def scale(name, shape):
    """Middle and bound for a tensor of a state dict, chosen so that activations keep their scale through the layers."""
    if len(shape) > 1:
        return 0.0, float(np.sqrt(6.0 / np.prod(shape[1:])))
    if name.endswith("running_var"):
        return 1.0, 0.5
    if name.endswith("weight"):
        return 1.0, 0.2
    return 0.0, 0.1


def images(name, count, side):
    return torch.from_numpy(fill(name, count * 3 * side * side, 0.0, float(np.sqrt(3.0))).reshape(count, 3, side, side))


def fill_model(model):
    with torch.no_grad():
        for name, tensor in model.state_dict().items():
            if not name.endswith("num_batches_tracked"):
                middle, bound = scale(name, tensor.shape)
                tensor.copy_(torch.from_numpy(fill(name, tensor.numel(), middle, bound)).view(tensor.shape))


def short(values):
    return [float(f"{float(value):.12g}") for value in values]


def summary(name, tensor):
    """The norm, a few entries, and sums with random signs: the mean squared difference of two tensors' sums estimates the squared norm
    of their difference."""
    flat = tensor.detach().reshape(-1).numpy()
    sums = np.zeros(PROJECTIONS)
    square = 0.0
    for first in range(0, len(flat), CHUNK):
        part = flat[first:first + CHUNK].astype(np.float64)
        square += part @ part
        h = hashes(name + "#sign", first, len(part))
        for projection in range(PROJECTIONS):
            sums[projection] += part @ (1.0 - 2.0 * ((h >> np.uint32(projection)) & np.uint32(1)))
    places = [(2 * k + 1) * len(flat) // (2 * ENTRIES) for k in range(ENTRIES)]
    return {"norm": short([np.sqrt(square)])[0], "sums": short(sums), "entries": short(flat[places])}


def distribution(tensor):
    values = tensor.detach().reshape(-1).numpy().astype(np.float64)
    mean, deviation = values.mean(), values.std()
    kurtosis = float(np.mean(((values - mean) / deviation) ** 4)) if deviation > 0 else 0.0
    return short([mean, deviation, kurtosis, values.min(), values.max()])


def write(path, document):
    """Writes one line per tensor."""
    members = []
    for key, value in document.items():
        if isinstance(value, dict):
            inner = ",\n".join(f"  {json.dumps(name)}: {json.dumps(entry)}" for name, entry in value.items())
            members.append(f"{json.dumps(key)}: {{\n{inner}\n}}")
        else:
            members.append(f"{json.dumps(key)}: {json.dumps(value)}")
    path.write_text("{\n" + ",\n".join(members) + "\n}\n")


def backward(model, batch):
    """Returns the loss of a training step without dropout and leaves the gradients in the model."""
    model.train()
    for module in model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.eval()
    output = model(batch)
    labels = torch.tensor([(7 * image + 3) % 1000 for image in range(len(batch))])
    if isinstance(output, torch.Tensor):
        loss = torch.nn.functional.cross_entropy(output, labels)
    else:
        loss = torch.nn.functional.cross_entropy(output[0], labels) + 0.4 * torch.nn.functional.cross_entropy(output[1], labels)
    loss.backward()
    return loss


def model_files(name):
    create, (evaluated, evaluation_side), (trained, training_side) = MODELS[name]
    warnings.simplefilter("ignore")
    torch.manual_seed(0)
    model = create()
    document = {
        "parameters": sum(parameter.numel() for parameter in model.parameters()),
        "evaluation": [evaluated, evaluation_side],
        "training": [trained, training_side],
        "tensors": {key: list(tensor.shape) for key, tensor in model.state_dict().items()},
        "initialisation": {key: distribution(parameter) for key, parameter in model.named_parameters()},
    }

    fill_model(model)
    model.eval()
    with torch.no_grad():
        logits = model(images("evaluation", evaluated, evaluation_side))

    # In float32, a rounding error that moves one activation across a ReLU's kink changes gradients by several percent. The reference is
    # therefore in float64; "rounding" is the distance of torchvision's own float32 gradients from it.
    backward(model, images("training", trained, training_side))
    rounded = {key: parameter.grad.clone() for key, parameter in model.named_parameters()}
    fill_model(model)
    model.zero_grad()
    model.double()
    document["loss"] = float(backward(model, images("training", trained, training_side).double()))
    exact = {key: parameter.grad for key, parameter in model.named_parameters()}
    document["rounding"] = float(np.sqrt(
        sum(float((exact[key] - rounded[key]).square().sum()) for key in exact)
        / sum(float(gradient.square().sum()) for gradient in exact.values())))
    document["gradients"] = {key: summary(key, gradient) for key, gradient in exact.items()}
    document["statistics"] = {
        key: summary(key, buffer) for key, buffer in model.named_buffers() if not key.endswith("num_batches_tracked")
    }
    folder = HERE / "models"
    folder.mkdir(exist_ok=True)
    write(folder / f"{name}.json", document)
    np.save(folder / f"{name}.logits.npy", logits.numpy())


def median(gradients):
    """The authors' formula for the median of three."""
    a, b, c = gradients
    return a + b + c - np.minimum(np.minimum(a, b), c) - np.maximum(np.maximum(a, b), c)


def follow(rule, momentum, decay, start, gradients, rates):
    """Returns the weights after each step, in float64. `gradients` has shape steps x groups x weights."""
    weights, window, velocity, path = start.astype(np.float64), [], None, []
    for step, rate in zip(gradients, rates):
        decayed = [gradient.astype(np.float64) + decay * weights for gradient in step]
        estimate = None
        if rule == "m3":
            estimate = median(decayed)
        elif rule == "sgd":
            velocity = decayed[0] if velocity is None else momentum * velocity + decayed[0]
            estimate = velocity
        else:
            window = (window + decayed[:1])[-3:]
            if len(window) == 3:
                estimate = median(window) if rule == "rm3" else (window[0] + window[1] + window[2]) / 3
        if estimate is not None:
            weights = weights - rate * estimate
        path.append(weights.tolist())
    return path


def rules():
    random = np.random.RandomState(0)
    steps, size = 50, 10
    start = random.normal(0, 1, size).astype(np.float32)
    gradients = random.normal(0, 1, (steps, 3, size)).astype(np.float32)

    # As in a network, coordinates differ by orders of magnitude, and some gradients are exactly 0.
    gradients *= np.float32(10) ** np.arange(-6, 4).astype(np.float32)[:size]
    gradients[random.uniform(0, 1, gradients.shape) < 0.1] = 0
    rates = [0.1 * (1 + float(np.cos(np.pi * step / steps))) / 2 for step in range(steps)]
    cases = []
    for rule, momentum, decay in [(rule, 0.0, decay) for rule in ["sgd", "ra3", "rm3", "m3"] for decay in [0.0, 0.01]] + [("sgd", 0.9, 0.01)]:
        groups = gradients if rule == "m3" else gradients[:, :1]
        cases.append({"rule": rule, "momentum": momentum, "decay": decay, "weights": follow(rule, momentum, decay, start, groups, rates)})
    document = {"start": start.tolist(), "rates": rates, "gradients": gradients.tolist(), "cases": cases}
    (HERE / "rules.json").write_text(json.dumps(document, separators=(",", ":")) + "\n")


class Nested(torch.nn.Module):
    """A module with buffers, a container, and a part that has two names."""

    def __init__(self):
        super().__init__()
        self.a = torch.nn.BatchNorm1d(3)
        self.b = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.ReLU())
        self.c = self.b


def script(model, path):
    """Saves a model in TorchScript, without the positions in Python's source files, which hold paths of the machine."""
    content = io.BytesIO()
    torch.jit.save(torch.jit.script(model), content)
    with zipfile.ZipFile(content) as whole, zipfile.ZipFile(path, "w") as target:
        for entry in whole.infolist():
            if not entry.filename.endswith(".debug_pkl"):
                target.writestr(zipfile.ZipInfo(entry.filename), whole.read(entry))


def weights_files():
    """
    Files of torch.save: a state dict, a checkpoint as the authors' code saves it, one with other objects, the format before 1.6, whole models; a model in
    TorchScript.
    """
    folder = HERE / "weights"
    folder.mkdir(exist_ok=True)
    layer = torch.nn.Linear(3, 2)
    with torch.no_grad():
        layer.weight.copy_(torch.arange(6.0).view(2, 3))
        layer.bias.copy_(torch.tensor([-1.0, 0.5]))
    model = torch.nn.Sequential(layer)
    optimiser = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    model(torch.ones(1, 3)).sum().backward()
    optimiser.step()
    state = model.state_dict()
    state["turned"] = torch.arange(6.0).view(2, 3).t()
    state["part"] = torch.arange(10, dtype=torch.float64)[3:9:2]
    state["half"] = torch.tensor([1.5, -2.0], dtype=torch.float16)
    state["brain"] = torch.tensor([1.5, -2.0], dtype=torch.bfloat16)
    state["parameter"] = torch.nn.Parameter(torch.tensor([7.0]))
    state["count"] = torch.tensor(2**40)
    parallel = {"module." + key: value for key, value in state.items()}
    torch.save(state, folder / "state-dict.pth")
    torch.save(state, folder / "state-dict-protocol-4.pth", pickle_protocol=4)

    # This format identifies tensors by memory address, so the files would change every time.
    for content, name in ((state, "legacy.pth"), (model, "whole-model-legacy.pth")):
        if not (folder / name).exists():
            torch.save(content, folder / name, _use_new_zipfile_serialization=False)
    torch.save(
        {
            "args": argparse.Namespace(lr=0.1, out=pathlib.Path("x")), "tags": {"a"}, "device": torch.device("cpu"), "size": torch.Size([1, 2]),
            "large": 2**100, "history": {(1, 2): 3}, "optimizer": optimiser.state_dict(), "model": parallel,
        },
        folder / "namespace.pth", pickle_protocol=4)
    torch.manual_seed(0)
    torch.save(Nested(), folder / "nested-model.pth")
    script(model, folder / "script.pt")
    torch.save(
        {"epoch": 3, "arch": "resnet18", "state_dict": parallel, "best_acc1": torch.tensor(61.5), "optimizer": optimiser.state_dict()},
        folder / "checkpoint.pth")
    torch.save(model, folder / "whole-model.pth")


def make(names=()):
    rules()
    weights_files()
    for name in names or MODELS:
        model_files(name)


if __name__ == "__main__":
    torch.set_num_threads(1)
    make(sys.argv[1:])
