using Cgh.Core;
using static TorchSharp.torch;

namespace Cgh.Trainer.Models;

/// <summary>A model's weights and statistics by torchvision's names.</summary>
internal static class ModelTensors
{
    /// <summary>The type in which a model takes its images: that of its first layer's weights.</summary>
    public static ScalarType InputType(nn.Module model) => model.parameters().First().dtype;

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

    /// <summary>Copies <paramref name="source"/> into <paramref name="target"/>; both must have the same names and shapes.</summary>
    /// <exception cref="UserErrorException">They do not; nothing was copied.</exception>
    public static void Copy(IReadOnlyDictionary<string, Tensor> source, IReadOnlyDictionary<string, Tensor> target)
    {
        var wrong = target.FirstOrDefault(entry => !source.TryGetValue(entry.Key, out var tensor)
            || tensor.dtype != entry.Value.dtype
            || !tensor.shape.SequenceEqual(entry.Value.shape)).Key;
        wrong ??= source.Keys.FirstOrDefault(name => !target.ContainsKey(name));
        if (wrong is not null)
        {
            throw new UserErrorException($"The checkpoint does not fit this program: '{wrong}' is missing, is unknown, or has another shape. Train the run anew.");
        }

        using var withoutGradients = no_grad();
        foreach (var (name, tensor) in target)
        {
            tensor.copy_(source[name]);
        }
    }
}
