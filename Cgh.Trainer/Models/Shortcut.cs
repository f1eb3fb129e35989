using TorchSharp.Modules;
using static TorchSharp.torch.nn;

namespace Cgh.Trainer.Models;

/// <summary>The way around a residual block's convolutions: torchvision's <c>downsample</c>.</summary>
internal static class Shortcut
{
    /// <summary>A 1x1 convolution with batch normalisation; null where the shape stays and the input itself goes around.</summary>
    public static Sequential? Make(int inputs, int outputs, int stride) => stride == 1 && inputs == outputs
        ? null
        : Sequential(
            ("0", Conv2d(inputs, outputs, kernel_size: 1, stride: stride, bias: false)),
            ("1", BatchNorm2d(outputs)));
}
