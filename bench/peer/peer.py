"""The peer of the benchmarks: the same work in idiomatic PyTorch and Pillow.

    python3 peer.py WORK [options]     WORK: update, step, training, decode

Needs PyTorch (with torchvision for `step`), NumPy and Pillow; on Debian and Ubuntu:
apt-get install python3-torch python3-torchvision python3-numpy python3-pil

Prints "ready" and a JSON object when it is set up. Then, for every line on standard input, it does the work once and prints
the seconds it took. It exits at the end of its input.
"""
import argparse
import json
import math
import os
import resource
import sys
import time


def serve(sample, **about):
    """Answers requests for samples until the end of input."""
    print("ready " + json.dumps(about), flush=True)
    for _ in sys.stdin:
        print(repr(sample()), flush=True)


def seconds(work):
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def settled(device, work):
    """Measures the work in seconds. On a GPU, synchronizes before and after."""
    import torch
    wait = torch.cuda.synchronize if device == "cuda" else lambda: None

    def whole():
        work()
        wait()

    wait()
    return seconds(whole)


class AuthorsRule:
    """The authors' update: a loop over the parameters, weight decay added to each gradient, and for RM3 the median of the last
    three as a + b + c - min - max. The window keeps references, so gradients must not be overwritten."""

    def __init__(self, rule, parameters, lr, weight_decay=0.0):
        self.rule, self.parameters, self.lr, self.weight_decay = rule, list(parameters), lr, weight_decay
        self.windows = [[] for _ in self.parameters]

    def step(self, groups=None):
        import torch
        with torch.no_grad():
            for index, (weight, window) in enumerate(zip(self.parameters, self.windows)):
                gradients = [weight.grad] if groups is None else [group[index] for group in groups]
                if self.weight_decay != 0:
                    gradients = [gradient.add(weight, alpha=self.weight_decay) for gradient in gradients]
                if self.rule == "sgd":
                    weight.add_(gradients[0], alpha=-self.lr)
                    continue
                if self.rule == "m3":
                    window[:] = gradients
                else:
                    window.append(gradients[0])
                    del window[:-3]
                if len(window) == 3:
                    weight.add_(self.estimate(*window), alpha=-self.lr)

    def estimate(self, a, b, c):
        import torch
        if self.rule == "ra3":
            return (a + b + c) / 3
        return a + b + c - torch.min(torch.min(a, b), c) - torch.max(torch.max(a, b), c)

    def zero(self):
        for weight in self.parameters:
            weight.grad = None


def update(args):
    """The update only, on existing gradients with ResNet-18's shapes."""
    import torch
    import torchvision
    torch.set_num_threads(args.threads)
    model = torchvision.models.resnet18(num_classes=1000).to(args.device)
    rule = AuthorsRule(args.rule, model.parameters(), lr=1e-6)
    ring = [[torch.randn_like(weight) for weight in model.parameters()] for _ in range(3)]
    count = [0]

    def once():
        for weight, gradient in zip(model.parameters(), ring[count[0] % 3]):
            weight.grad = gradient
        count[0] += 1
        rule.step()

    for _ in range(4):
        once()
    if args.device == "cuda":
        serve(lambda: settled("cuda", lambda: [once() for _ in range(args.repeat)]) / args.repeat, threads=torch.get_num_threads(), torch=torch.__version__)
        return

    # In a step, the activations of the backward pass evict the gradients from the caches.
    evicting = torch.zeros(128 << 20, dtype=torch.uint8)

    def cold():
        evicting.add_(1)
        return seconds(once)

    serve(lambda: sorted(cold() for _ in range(args.repeat))[args.repeat // 2], threads=torch.get_num_threads(), torch=torch.__version__)


def train_step(model, rule, groups, images, labels):
    """A training step on one mini-batch, in three groups for M3."""
    import torch
    import torch.nn.functional as functional
    if groups == 1:
        rule.zero()
        loss = functional.cross_entropy(model(images), labels)
        loss.backward()
        rule.step()
        return loss.item()
    gradients, total = [], 0.0
    for part, target in zip(torch.tensor_split(images, groups), torch.tensor_split(labels, groups)):
        rule.zero()
        loss = functional.cross_entropy(model(part), target)
        loss.backward()
        gradients.append([weight.grad for weight in rule.parameters])
        total += loss.item() * len(target) / len(labels)
    rule.step(gradients)
    return total


def step(args):
    """Complete steps of torchvision's ResNet-18 on normalized images in the device's memory. Bfloat16 uses autocast and channels
    last; float32 does not use TF32."""
    import torch
    import torchvision
    torch.set_num_threads(args.threads)
    torch.manual_seed(0)
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
    torch.backends.cudnn.benchmark = args.cudnn_benchmark
    model = torchvision.models.resnet18(num_classes=1000).to(args.device)
    model.train()
    images = torch.randn(args.batch, 3, args.side, args.side).to(args.device)
    labels = torch.randint(1000, (args.batch,)).to(args.device)
    forward = model
    if args.precision == "bfloat16":
        model, images = model.to(memory_format=torch.channels_last), images.to(memory_format=torch.channels_last)

        def forward(inputs):
            with torch.autocast(args.device, dtype=torch.bfloat16):
                return model(inputs).float()
    rule = AuthorsRule(args.rule, model.parameters(), lr=1e-3)
    groups = 3 if args.rule == "m3" else 1

    def work():
        for _ in range(args.steps):
            train_step(forward, rule, groups, images, labels)

    for _ in range(4):
        work()
    serve(lambda: settled(args.device, work) / args.steps, threads=torch.get_num_threads(), torch=torch.__version__, peak=peak())


def small_resnet(classes):
    """The demo's network: a 3x3 stem without pooling and three stages of one basic block, starting with 24 channels."""
    from torch import nn
    from torchvision.models.resnet import BasicBlock

    def block(inputs, outputs, stride):
        around = None
        if stride != 1 or inputs != outputs:
            around = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))
        return BasicBlock(inputs, outputs, stride, around)

    model = nn.Sequential(
        nn.Conv2d(3, 24, 3, padding=1, bias=False), nn.BatchNorm2d(24), nn.ReLU(inplace=True),
        block(24, 24, 1), block(24, 48, 2), block(48, 96, 2),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(96, classes))
    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
    return model


def training(args):
    """The demo's runs with their evaluations, on a packed dataset kept in memory as float32."""
    import numpy
    import torch
    import torch.nn.functional as functional
    torch.set_num_threads(args.threads)
    mean, deviation = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])

    def images(split):
        folder = os.path.join(args.dataset, split)
        shards = sorted(name for name in os.listdir(folder) if name.startswith("images-"))
        pixels = torch.from_numpy(numpy.concatenate([numpy.load(os.path.join(folder, name)) for name in shards]))
        return ((pixels.float() / 255 - mean) / deviation).permute(0, 3, 1, 2).contiguous()

    train, val = images("train"), images("val")
    labels = torch.from_numpy(numpy.load(os.path.join(args.dataset, "labels", args.labels + ".npy")))
    original = torch.from_numpy(numpy.load(os.path.join(args.dataset, "train", "labels.npy")))
    val_labels = torch.from_numpy(numpy.load(os.path.join(args.dataset, "val", "labels.npy")))
    classes = int(original.max()) + 1
    corrupt = (labels != original).nonzero().flatten()
    pristine = (labels == original).nonzero().flatten()

    def evaluate(model):
        model.eval()
        with torch.inference_mode():
            def score(inputs, targets):
                losses, ranks = [], []
                for at in range(0, len(inputs), args.evaluation_batch):
                    target = targets[at:at + args.evaluation_batch]
                    logits = model(inputs[at:at + args.evaluation_batch])
                    losses.append(functional.cross_entropy(logits, target, reduction="none"))
                    ranks.append((logits.topk(5).indices == target[:, None]))
                return torch.cat(losses), torch.cat(ranks)
            # The evaluation sets of training images share forward passes, like ours.
            loss, hits = score(train, labels)
            sets = [(loss[s].mean().item(), hits[s, 0].float().mean().item(), hits[s].any(1).float().mean().item()) for s in (pristine, corrupt, slice(None))]
            loss, hits = score(val, val_labels)
            sets.append((loss.mean().item(), hits[:, 0].float().mean().item(), hits.any(1).float().mean().item()))
        return sets

    def run():
        torch.manual_seed(0)
        model = small_resnet(classes)
        rule = AuthorsRule(args.rule, model.parameters(), lr=0.0)
        groups = 3 if args.rule == "m3" else 1
        evaluate(model)
        start = time.perf_counter()
        for epoch in range(args.epochs):
            model.train()
            rule.lr = 0.08 * (1 + math.cos(math.pi * epoch / args.epochs)) / 2
            for batch in torch.randperm(len(train)).split(args.batch):
                train_step(model, rule, groups, train[batch], labels[batch])
            evaluate(model)
        return time.perf_counter() - start

    run()
    serve(run, threads=torch.get_num_threads(), torch=torch.__version__)


def decode(args):
    """Decodes JPEGs to centre crops like torchvision's Resize and CenterCrop with Pillow, on one thread."""
    import numpy
    import PIL
    from PIL import Image
    files = sorted(os.path.join(args.images, name) for name in os.listdir(args.images))

    def once(path):
        with Image.open(path) as image:
            image = image.convert("RGB")
            width, height = image.size
            scale = 256 / min(width, height)
            image = image.resize((max(256, int(width * scale)), max(256, int(height * scale))), Image.BILINEAR)
            left, top = round((image.size[0] - 224) / 2), round((image.size[1] - 224) / 2)
            return numpy.asarray(image.crop((left, top, left + 224, top + 224)))

    def work():
        for path in files:
            once(path)

    work()
    serve(lambda: seconds(work), images=len(files), pillow=PIL.__version__)


def peak():
    """Peak resident memory in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", choices=["update", "step", "training", "decode"])
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rule", choices=["sgd", "ra3", "rm3", "m3"], default="rm3")
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--side", type=int, default=224)
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--evaluation-batch", type=int, default=250)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--steps", type=int, default=1, help="steps per sample; a sample is the time per step")
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu", help="for update and step")
    parser.add_argument("--precision", choices=["float32", "bfloat16"], default="float32", help="for step")
    parser.add_argument("--cudnn-benchmark", action="store_true", help="for step")
    parser.add_argument("--dataset")
    parser.add_argument("--labels", default="half-noise")
    parser.add_argument("--images")
    args = parser.parse_args()
    {"update": update, "step": step, "training": training, "decode": decode}[args.work](args)


main()
