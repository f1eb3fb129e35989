using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Cgh.Trainer.Models;

/// <summary>
/// Two 3x3 convolutions with batch normalization and a shortcut connection (Deep Residual Learning, He et al. 2015).
/// The shortcut is a 1x1 convolution if the shape changes. Parameters have torchvision's names.
/// </summary>
internal sealed class BasicBlock : Module<Tensor, Tensor>
{
    private readonly Conv2d _conv1;
    private readonly BatchNorm2d _bn1;
    private readonly Conv2d _conv2;
    private readonly BatchNorm2d _bn2;
    private readonly Sequential? _downsample;

    public BasicBlock(int inputs, int outputs, int stride)
        : base(nameof(BasicBlock))
    {
        _conv1 = Conv2d(inputs, outputs, kernel_size: 3, stride: stride, padding: 1, bias: false);
        _bn1 = BatchNorm2d(outputs);
        _conv2 = Conv2d(outputs, outputs, kernel_size: 3, padding: 1, bias: false);
        _bn2 = BatchNorm2d(outputs);
        register_module("conv1", _conv1);
        register_module("bn1", _bn1);
        register_module("conv2", _conv2);
        register_module("bn2", _bn2);
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
        var outer = _bn2.call(_conv2.call(inner));
        return outer.add_(_downsample is null ? input : _downsample.call(input)).relu_().MoveToOuterDisposeScope();
    }
}
