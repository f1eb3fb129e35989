using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Cgh.Trainer.Models;

/// <summary>
/// A fully connected network: three hidden layers of 256 ReLUs on all pixels of an image, the network of Coherent Gradients (Chatterjee, ICLR 2020).
/// Weights and biases have the default initialization of <c>nn.Linear</c>. No batch normalization and no dropout.
/// </summary>
internal sealed class Mlp : Module<Tensor, Tensor>
{
    private const int Hidden = 256;

    private readonly Linear _fc1;
    private readonly Linear _fc2;
    private readonly Linear _fc3;
    private readonly Linear _fc4;

    /// <param name="classes">Number of outputs.</param>
    /// <param name="side">Height and width of the images in pixels.</param>
    public Mlp(int classes, int side)
        : base(nameof(Mlp))
    {
        _fc1 = Linear(3L * side * side, Hidden);
        _fc2 = Linear(Hidden, Hidden);
        _fc3 = Linear(Hidden, Hidden);
        _fc4 = Linear(Hidden, classes);
        register_module("fc1", _fc1);
        register_module("fc2", _fc2);
        register_module("fc3", _fc3);
        register_module("fc4", _fc4);
    }

    /// <summary>Creates the model for images of <paramref name="side"/> pixels.</summary>
    [Model("mlp", lastLayer: "fc4", lastLayerInputs: Hidden, PixelLayer = "fc1", PixelLayerOutputs = Hidden)]
    public static Mlp Create(int classes, int side) => new(classes, side);

    /// <param name="input">Images, N x 3 x side x side.</param>
    /// <returns>Logits, N x classes.</returns>
    public override Tensor forward(Tensor input)
    {
        // With call instead of forward, a rule that needs the gradients of single examples can record the layers' inputs and outputs.
        var x = functional.relu(_fc1.call(input.flatten(1)));
        x = functional.relu(_fc2.call(x));
        x = functional.relu(_fc3.call(x));
        return _fc4.call(x);
    }
}
