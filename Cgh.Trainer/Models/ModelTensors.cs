using Cgh.Core;
using static TorchSharp.torch;

namespace Cgh.Trainer.Models;

/// <summary>Parameters and batch statistics of a model, by torchvision's names.</summary>
internal static class ModelTensors
{
    /// <summary>Type of a model's input, which is the type of its first layer's weights.</summary>
    public static ScalarType InputType(nn.Module model) => model.parameters().First().dtype;

    /// <summary>Lists the parameters and batch statistics.</summary>
    public static IEnumerable<KeyValuePair<string, Tensor>> Of(nn.Module model)
    {
        foreach (var (name, parameter) in model.named_parameters())
        {
            yield return new(name, parameter);
        }

        foreach (var (name, buffer) in model.named_buffers())
        {
            yield return new(name, buffer);
        }
    }

    /// <summary>Copies <paramref name="source"/> to <paramref name="target"/>, which must have the same names, types and shapes.</summary>
    /// <exception cref="UserErrorException">A tensor does not match; nothing was copied.</exception>
    public static void Copy(IReadOnlyDictionary<string, Tensor> source, IReadOnlyDictionary<string, Tensor> target)
    {
        var wrong = target.FirstOrDefault(entry => !source.TryGetValue(entry.Key, out var tensor)
            || tensor.dtype != entry.Value.dtype
            || !tensor.shape.SequenceEqual(entry.Value.shape)).Key;
        wrong ??= source.Keys.FirstOrDefault(name => !target.ContainsKey(name));
        if (wrong is not null)
        {
            throw new UserErrorException(
                $"The checkpoint is not compatible with this program: '{wrong}' is missing, unknown, or has another type or shape. "
                + "Restart the run from the beginning.");
        }

        using var withoutGradients = no_grad();
        foreach (var (name, tensor) in target)
        {
            tensor.copy_(source[name]);
        }
    }
}
