using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Cgh.Trainer.Models;

/// <summary>A convolution without bias, batch normalization with epsilon 0.001, and ReLU; torchvision's <c>BasicConv2d</c> of Inception-V3.</summary>
internal sealed class NormalizedConvolution : Module<Tensor, Tensor>
{
    private readonly Conv2d _conv;
    private readonly BatchNorm2d _bn;

    public NormalizedConvolution(int inputs, int outputs, int kernel, int stride = 1, int padding = 0)
        : this(inputs, outputs, (kernel, kernel), (padding, padding), stride)
    {
    }

    /// <param name="inputs">Input channels.</param>
    /// <param name="outputs">Output channels.</param>
    /// <param name="kernel">Height and width of the kernel.</param>
    /// <param name="padding">Padding of rows and columns.</param>
    /// <param name="stride">Stride in both directions.</param>
    public NormalizedConvolution(int inputs, int outputs, (long, long) kernel, (long, long) padding, long stride = 1)
        : base(nameof(NormalizedConvolution))
    {
        _conv = Conv2d(inputs, outputs, kernel, (stride, stride), padding, bias: false);
        _bn = BatchNorm2d(outputs, eps: 0.001);
        register_module("conv", _conv);
        register_module("bn", _bn);
    }

    public override Tensor forward(Tensor input)
    {
        using var convolved = _conv.call(input);
        return _bn.call(convolved).relu_();
    }
}
