using Cgh.Core;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Cgh.Trainer.Coherence;

/// <summary>
/// Squared norms of the gradients of single examples with respect to a layer's weights, computed from the layer's inputs and output gradients. A
/// backward pass per example is not needed.
/// </summary>
internal static class LayerNorms
{
    /// <summary>Why the layer's norms cannot be computed; null if they can.</summary>
    public static string? Failure(nn.Module layer) => layer switch
    {
        Linear => null,
        Conv2d convolution => convolution is { groups: 1, padding_mode: TorchSharp.PaddingModes.Zeros, padding: not null }
            ? null
            : "a convolution with groups or with a padding other than zeros",
        BatchNorm2d normalization => normalization is { affine: true, running_mean: not null, running_var: not null }
            ? null
            : "batch normalization without running statistics",
        _ => $"a layer of kind {layer.GetType().Name}",
    };

    /// <summary>Returns one squared norm per example, in the type of the inputs.</summary>
    /// <param name="layer">A layer without <see cref="Failure"/>; batch normalization in evaluation mode.</param>
    /// <param name="inputs">Inputs of the layer, n examples.</param>
    /// <param name="gradients">Gradients of the examples' losses with respect to the layer's outputs.</param>
    public static Tensor Squares(nn.Module layer, Tensor inputs, Tensor gradients) => layer switch
    {
        Linear linear => OfLinear(linear, inputs, gradients),
        Conv2d convolution => OfConvolution(convolution, inputs, gradients),
        BatchNorm2d normalization => OfNormalization(normalization, inputs, gradients),
        _ => throw new InvalidOperationException($"No norms for {layer.GetType().Name}."),
    };

    // The gradient of the weights is the outer product of output gradient and input, whose norm is the product of the norms.
    private static Tensor OfLinear(Linear layer, Tensor inputs, Tensor gradients)
    {
        if (inputs.dim() != 2)
        {
            throw new UserErrorException("Coherence needs linear layers whose input is one vector per example. Set coherenceEvery to 0.");
        }

        var squares = gradients.square().sum(1);
        var weights = squares * inputs.square().sum(1);
        return layer.bias is null ? weights : weights + squares;
    }

    // The gradient of the weights is the product of output gradients (outputs x positions) and patches (positions x inputs). Its norm follows from the
    // product or, with few positions, from the inner products of positions: |GP'|^2 = sum of (G'G) * (P'P).
    private static Tensor OfConvolution(Conv2d layer, Tensor inputs, Tensor gradients)
    {
        var g = gradients.flatten(2);
        var patches = Patches(layer, inputs);
        var (outputs, positions, weights) = (g.shape[1], g.shape[2], patches.shape[1]);
        var squares = positions * (outputs + weights) < outputs * weights
            ? (g.transpose(1, 2).bmm(g) * patches.transpose(1, 2).bmm(patches)).sum([1, 2])
            : g.bmm(patches.transpose(1, 2)).square().sum([1, 2]);
        return layer.bias is null ? squares : squares + g.sum(2).square().sum(1);
    }

    private static Tensor Patches(Conv2d layer, Tensor inputs)
    {
        var kernel = layer.weight.shape;
        var (stride, padding, dilation) = (layer.stride, layer.padding!, layer.dilation);
        return kernel is [_, _, 1, 1] && stride is [1, 1] && padding is [0, 0]
            ? inputs.flatten(2)
            : nn.functional.unfold(
                inputs, (kernel[2], kernel[3]), (dilation[0], dilation[1]), (padding[0], padding[1]), (stride[0], stride[1]));
    }

    private static Tensor OfNormalization(BatchNorm2d layer, Tensor inputs, Tensor gradients)
    {
        var mean = layer.running_mean!.to(inputs.dtype).view(1, -1, 1, 1);
        var deviation = layer.running_var!.to(inputs.dtype).add(layer.eps).sqrt().view(1, -1, 1, 1);
        var weights = (gradients * ((inputs - mean) / deviation)).sum([2, 3]).square().sum(1);
        return weights + gradients.sum([2, 3]).square().sum(1);
    }
}
