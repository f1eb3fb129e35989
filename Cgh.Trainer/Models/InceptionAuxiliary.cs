using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Cgh.Trainer.Models;

/// <summary>The auxiliary classifier of Inception-V3 on its 768 channels of 17x17, torchvision's <c>InceptionAux</c>.</summary>
internal sealed class InceptionAuxiliary : Module<Tensor, Tensor>
{
    /// <summary>Name of its last layer in the whole model.</summary>
    public const string LastLayer = "AuxLogits.fc";

    private readonly NormalizedConvolution _conv0;
    private readonly NormalizedConvolution _conv1;
    private readonly Linear _fc;

    public InceptionAuxiliary(int inputs, int classes)
        : base(nameof(InceptionAuxiliary))
    {
        _conv0 = new NormalizedConvolution(inputs, 128, 1);
        _conv1 = new NormalizedConvolution(128, 768, 5);
        _fc = Linear(768, classes);
        register_module("conv0", _conv0);
        register_module("conv1", _conv1);
        register_module("fc", _fc);
    }

    public override Tensor forward(Tensor input)
    {
        var x = _conv1.call(_conv0.call(functional.avg_pool2d(input, 5, stride: 3)));
        return _fc.call(functional.adaptive_avg_pool2d(x, 1).flatten(1));
    }
}
