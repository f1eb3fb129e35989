using TorchSharp.Modules;
using static TorchSharp.torch.nn;

namespace Cgh.Trainer.Models;

/// <summary>The shortcut connection of a residual block, torchvision's <c>downsample</c>.</summary>
internal static class Shortcut
{
    /// <summary>Creates a 1x1 convolution with batch normalization; returns null for an identity shortcut, if the shape does not change.</summary>
    public static Sequential? Make(int inputs, int outputs, int stride) => stride == 1 && inputs == outputs
        ? null
        : Sequential(
            ("0", Conv2d(inputs, outputs, kernel_size: 1, stride: stride, bias: false)),
            ("1", BatchNorm2d(outputs)));
}
