using System.Security.Cryptography;
using Cgh.Core;
using Cgh.Core.Files;
using Cgh.Trainer.Models;
using static TorchSharp.torch;

namespace Cgh.Trainer.Checkpoints;

/// <summary>
/// A file of weights with torchvision's names: safetensors, a checkpoint of a run, or a PyTorch .pth file. Its contents are untrusted
/// until <see cref="CopyInto(nn.Module, string)"/> has compared them with a model.
/// </summary>
internal sealed class WeightsFile : IDisposable
{
    private const int MaxNameLength = 300;

    private const string AuxiliaryPrefix = "AuxLogits.";
    private const string CounterSuffix = ".num_batches_tracked";

    private readonly Dictionary<string, Tensor> _tensors;

    private WeightsFile(string path, Dictionary<string, Tensor> tensors, string? choice = null, string prefix = "")
    {
        Path = path;
        _tensors = tensors;
        string?[] notes = [choice, prefix.Length > 0 ? $"The prefix '{prefix}' of all names was removed." : null];
        Notes = [.. notes.OfType<string>()];
    }

    public string Path { get; }

    /// <summary>What was chosen and changed in reading the file, a sentence each.</summary>
    public IReadOnlyList<string> Notes { get; }

    /// <summary>Tensors by name, without prefixes.</summary>
    public IReadOnlyDictionary<string, Tensor> Tensors => _tensors;

    /// <summary>Reads a file. The format is detected from its first bytes.</summary>
    /// <exception cref="UserErrorException">The file is missing, damaged, or in another format.</exception>
    public static WeightsFile Open(string path)
    {
        var start = Start(path);
        // First: the length of a safetensors header can have the bytes of the other formats. 640 is 80 02, as in a pickle, and 19280 is "PK".
        if (SafeTensors.IsStart(start))
        {
            return OpenSafeTensors(path);
        }

        if (start.StartsWith("PK"u8) || LegacyTorchFile.IsPickle(start))
        {
            var (tensors, choice) = TorchFile.Read(path);
            return WithoutPrefixes(path, tensors, choice);
        }

        // Otherwise, reading it as safetensors says what is wrong with the header.
        return FileKind.Describe(path, start) is { } other ? throw new UserErrorException(other) : OpenSafeTensors(path);
    }

    private static WeightsFile OpenSafeTensors(string path)
    {
        var (tensors, metadata) = SafeTensors.Read(path);
        return CheckpointFolder.IsCheckpoint(metadata) ? new WeightsFile(path, ModelOf(tensors)) : WithoutPrefixes(path, tensors, choice: null);
    }

    private static WeightsFile WithoutPrefixes(string path, Dictionary<string, Tensor> tensors, string? choice)
    {
        var (renamed, prefix) = TensorNames.WithoutPrefixes(tensors);
        return new WeightsFile(path, renamed, choice, prefix);
    }

    /// <summary>Computes the SHA-256 of a file, in lower-case hexadecimal.</summary>
    /// <exception cref="UserErrorException">The file cannot be read.</exception>
    public static string Sha256(string path)
    {
        try
        {
            using var stream = UntrustedFile.OpenRead(path);
            return Convert.ToHexStringLower(SHA256.HashData(stream));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw CannotRead(path, error);
        }
    }

    /// <summary>
    /// Replaces the parameters and batch statistics of <paramref name="model"/>. Half and double precision are converted to single
    /// precision. Batch counters that are missing in the file keep their values.
    /// </summary>
    /// <param name="model">The model, on any device.</param>
    /// <param name="modelName">Name of the model for error messages.</param>
    /// <returns>Names of the skipped tensors: those of an auxiliary head that the model does not have.</returns>
    /// <exception cref="UserErrorException">A tensor is missing, unexpected, not finite or has the wrong shape or type. Nothing was copied.</exception>
    public IReadOnlyList<string> CopyInto(nn.Module model, string modelName) => CopyInto(ModelTensors.Of(model), modelName, replaced: []);

    /// <summary>The same for the parameters and batch statistics of a model, except those whose name starts with one of <paramref name="replaced"/>.</summary>
    public IReadOnlyList<string> CopyInto(IEnumerable<KeyValuePair<string, Tensor>> model, string modelName, IReadOnlyList<string> replaced)
    {
        bool IsReplaced(string name) => replaced.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal));
        var target = model.Where(entry => !IsReplaced(entry.Key)).ToDictionary(StringComparer.Ordinal);
        var hasAuxiliary = target.Keys.Any(IsAuxiliary);
        string[] leftOut = [.. _tensors.Keys.Where(name => IsReplaced(name) || (IsAuxiliary(name) && !hasAuxiliary)).Order(StringComparer.Ordinal)];
        var surplus = _tensors.Keys.Except(leftOut).Where(name => !target.ContainsKey(name)).Order(StringComparer.Ordinal).ToArray();
        var missing = target.Keys.Where(name => !_tensors.ContainsKey(name) && !name.EndsWith(CounterSuffix, StringComparison.Ordinal)).ToArray();
        if (missing.Length > 0)
        {
            var instead = surplus.Length > 0 ? $" The file has {Tensor(surplus[0])}, which {modelName} does not." : "";
            throw Refuse($"{Tensor(missing[0])} of {modelName} is missing{Others(missing.Length)}", instead);
        }

        if (surplus.Length > 0)
        {
            throw Refuse($"{modelName} does not have {Tensor(surplus[0])}{Others(surplus.Length)}");
        }

        using var scope = NewDisposeScope();
        using var withoutGradients = no_grad();
        var given = target.Keys.Where(_tensors.ContainsKey).ToArray();
        foreach (var name in given)
        {
            Check(name, _tensors[name], target[name], modelName);
        }

        foreach (var name in given)
        {
            target[name].copy_(_tensors[name]);
        }

        return leftOut;
    }

    public void Dispose()
    {
        foreach (var tensor in _tensors.Values)
        {
            tensor.Dispose();
        }
    }

    private void Check(string name, Tensor tensor, Tensor expected, string modelName)
    {
        if (!tensor.shape.SequenceEqual(expected.shape))
        {
            throw Refuse($"{Tensor(name)} must have shape {Shape(expected)} for {modelName} (it has {Shape(tensor)})");
        }

        if (tensor.dtype != expected.dtype && !(expected.is_floating_point() && tensor.is_floating_point()))
        {
            throw Refuse($"{Tensor(name)} must have type {expected.dtype} for {modelName} (it has {tensor.dtype})");
        }

        // After conversion: a finite double may overflow to an infinite float.
        using var scope = NewDisposeScope();
        if (!tensor.to(expected.dtype).isfinite().all().item<bool>())
        {
            throw Refuse($"{Tensor(name)} has a value that is not finite");
        }
    }

    private UserErrorException Refuse(string what, string more = "") => new($"{Path}: {what}.{more} Use weights of the same model with torchvision's names.");

    private static string Tensor(string name) => $"tensor '{UserText.Shortened(name, MaxNameLength)}'";

    private static string Shape(Tensor tensor) => tensor.shape.Length == 0 ? "()" : string.Join('x', tensor.shape);

    private static string Others(int count) => count > 1 ? $" (and {count - 1} more)" : "";

    private static bool IsAuxiliary(string name) => name.StartsWith(AuxiliaryPrefix, StringComparison.Ordinal);

    private static Dictionary<string, Tensor> ModelOf(Dictionary<string, Tensor> checkpoint)
    {
        var model = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        foreach (var (name, tensor) in checkpoint)
        {
            if (name.StartsWith(CheckpointFolder.ModelPrefix, StringComparison.Ordinal))
            {
                model.Add(name[CheckpointFolder.ModelPrefix.Length..], tensor);
            }
            else
            {
                tensor.Dispose();
            }
        }

        return model;
    }

    private static ReadOnlySpan<byte> Start(string path)
    {
        try
        {
            using var stream = UntrustedFile.OpenRead(path);
            var start = new byte[512];
            return start.AsSpan(0, stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw CannotRead(path, error);
        }
    }

    private static UserErrorException CannotRead(string path, Exception error) =>
        new($"Cannot read {path}: {UserText.FirstLine(error)} Check the path.", error);
}
