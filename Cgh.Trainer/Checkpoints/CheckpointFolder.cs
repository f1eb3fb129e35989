using System.Globalization;
using System.Text.Json;
using Cgh.Core;
using Cgh.Core.Files;
using static TorchSharp.torch;

namespace Cgh.Trainer.Checkpoints;

/// <summary>
/// The checkpoints of a run, a safetensors file each: weights and statistics under <c>model.</c> with torchvision's names, the
/// rule's vectors under <c>rule.</c>, the rest as JSON in the metadata. The last two are kept.
/// </summary>
internal sealed class CheckpointFolder(string path)
{
    /// <summary>Before the names of weights and statistics.</summary>
    public const string ModelPrefix = "model.";

    private const int Kept = 2;
    private const string StateKey = "state";

    /// <summary>Path of the newest file; null when there is none.</summary>
    public string? Newest => Files().FirstOrDefault();

    /// <summary>Whether a safetensors file with this metadata is a checkpoint.</summary>
    public static bool IsCheckpoint(IReadOnlyDictionary<string, string> metadata) => metadata.ContainsKey(StateKey);

    /// <summary>Name of the file for a number of steps done.</summary>
    public static string FileName(long steps) => string.Create(CultureInfo.InvariantCulture, $"step-{steps:D9}.safetensors");

    /// <summary>Steps done at the newest checkpoint in a folder; 0 when there is none.</summary>
    public static long NewestStep(string path) => Directory.Exists(path)
        ? Directory.GetFiles(path, "step-*.safetensors")
            .Select(file => long.TryParse(Path.GetFileNameWithoutExtension(file).AsSpan("step-".Length), NumberStyles.None, CultureInfo.InvariantCulture, out var step) ? step : 0)
            .DefaultIfEmpty()
            .Max()
        : 0;

    /// <summary>Writes a checkpoint, whole or not at all, then removes those that are no longer needed.</summary>
    /// <param name="steps">Done.</param>
    /// <param name="checkpoint">The state beside the tensors.</param>
    /// <param name="tensors">By name.</param>
    /// <param name="check">Throws when the folder is no longer this attempt's: large weights take seconds to write.</param>
    /// <exception cref="UserErrorException">The disk is full or the folder cannot be written.</exception>
    public void Write(long steps, Checkpoint checkpoint, IEnumerable<KeyValuePair<string, Tensor>> tensors, Action? check = null)
    {
        var metadata = new Dictionary<string, string> { [StateKey] = JsonSerializer.Serialize(checkpoint, CghJson.Line) };
        var file = Path.Combine(path, FileName(steps));
        Directory.CreateDirectory(path);
        SafeTensors.Write(file, tensors, metadata, check);
        check?.Invoke();

        // Those after this one are damaged, or the run would have gone on from there; a part is what a killed attempt left.
        var files = Files();
        var at = Array.IndexOf(files, file);
        Delete([.. files[..at], .. files.Skip(at + Kept), .. Directory.GetFiles(path, AtomicFile.TemporaryPath("*"))]);
    }

    /// <summary>Removes what another run left in the folder.</summary>
    public void Clear() => Delete(Files());

    /// <summary>Reads the newest checkpoint, or the one before it where the newest is damaged; null when there is none.</summary>
    /// <param name="damaged">Told why a file was passed over, a line each.</param>
    /// <exception cref="UserErrorException">There are checkpoints and none can be read.</exception>
    public (Checkpoint State, Dictionary<string, Tensor> Tensors)? ReadNewest(Action<string> damaged)
    {
        UserErrorException? last = null;
        foreach (var file in Files())
        {
            try
            {
                var (tensors, metadata) = SafeTensors.Read(file);
                return (State(file, metadata), tensors);
            }
            catch (UserErrorException error)
            {
                damaged(error.Message);
                last = error;
            }
        }

        return last is null ? null : throw last;
    }

    private static void Delete(string[] files)
    {
        foreach (var file in files)
        {
            File.Delete(file);
        }
    }

    private static Checkpoint State(string file, Dictionary<string, string> metadata)
    {
        try
        {
            var state = JsonSerializer.Deserialize<Checkpoint>(metadata.GetValueOrDefault(StateKey, "null"), CghJson.Line);
            return state is { Version: Checkpoint.CurrentVersion }
                ? state
                : throw new UserErrorException($"{file} is no checkpoint of version {Checkpoint.CurrentVersion}. Train the run anew.");
        }
        catch (JsonException error)
        {
            throw new UserErrorException($"{file} holds no readable state: {AtomicFile.FirstLine(error)} Train the run anew.", error);
        }
    }

    // Newest first; fixed width makes the order of the names the order of the steps.
    private string[] Files() => Directory.Exists(path)
        ? [.. Directory.GetFiles(path, "step-*.safetensors").OrderDescending(StringComparer.Ordinal)]
        : [];
}
