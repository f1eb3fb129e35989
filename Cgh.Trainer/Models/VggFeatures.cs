using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Cgh.Trainer.Models;

/// <summary>The convolutions of a VGG, with torchvision's parameter names.</summary>
internal static class VggFeatures
{
    /// <summary>Creates stages of 3x3 convolutions with batch normalization and ReLU; each stage ends with max pooling that halves the side.</summary>
    /// <param name="channels">Channels of the convolutions in each stage.</param>
    /// <param name="convolutions">Number of convolutions in each stage.</param>
    public static Sequential Create(IReadOnlyList<int> channels, IReadOnlyList<int> convolutions)
    {
        var layers = new List<Module<Tensor, Tensor>>();
        var inputs = 3;
        for (var stage = 0; stage < channels.Count; stage++)
        {
            for (var convolution = 0; convolution < convolutions[stage]; convolution++)
            {
                layers.Add(Conv2d(inputs, channels[stage], kernel_size: 3, padding: 1));
                layers.Add(BatchNorm2d(channels[stage]));
                layers.Add(ReLU(inplace: true));
                inputs = channels[stage];
            }

            layers.Add(MaxPool2d(2, stride: 2));
        }

        return Numbered(layers);
    }

    /// <summary>Names layers by their position: torchvision counts all, including those without parameters.</summary>
    public static Sequential Numbered(IEnumerable<Module<Tensor, Tensor>> layers) =>
        Sequential([.. layers.Select((layer, number) => ($"{number}", layer))]);
}
