using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Cgh.Trainer.Models;

/// <summary>
/// A 1x1 convolution that reduces the channels, a 3x3 convolution, and a 1x1 convolution that expands them by four, with batch
/// normalization and a shortcut connection (Deep Residual Learning, He et al. 2015). As in torchvision, the 3x3 convolution has the
/// stride. Parameters have torchvision's names.
/// </summary>
internal sealed class Bottleneck : Module<Tensor, Tensor>
{
    /// <summary>Output channels per channel of the 3x3 convolution.</summary>
    public const int Expansion = 4;

    private readonly Conv2d _conv1;
    private readonly BatchNorm2d _bn1;
    private readonly Conv2d _conv2;
    private readonly BatchNorm2d _bn2;
    private readonly Conv2d _conv3;
    private readonly BatchNorm2d _bn3;
    private readonly Sequential? _downsample;

    public Bottleneck(int inputs, int width, int stride)
        : base(nameof(Bottleneck))
    {
        var outputs = width * Expansion;
        _conv1 = Conv2d(inputs, width, kernel_size: 1, bias: false);
        _bn1 = BatchNorm2d(width);
        _conv2 = Conv2d(width, width, kernel_size: 3, stride: stride, padding: 1, bias: false);
        _bn2 = BatchNorm2d(width);
        _conv3 = Conv2d(width, outputs, kernel_size: 1, bias: false);
        _bn3 = BatchNorm2d(outputs);
        register_module("conv1", _conv1);
        register_module("bn1", _bn1);
        register_module("conv2", _conv2);
        register_module("bn2", _bn2);
        register_module("conv3", _conv3);
        register_module("bn3", _bn3);
        _downsample = Shortcut.Make(inputs, outputs, stride);
        if (_downsample is not null)
        {
            register_module("downsample", _downsample);
        }
    }

    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        var inner = _bn1.call(_conv1.call(input)).relu_();
        inner = _bn2.call(_conv2.call(inner)).relu_();
        var outer = _bn3.call(_conv3.call(inner));
        return outer.add_(_downsample is null ? input : _downsample.call(input)).relu_().MoveToOuterDisposeScope();
    }
}
