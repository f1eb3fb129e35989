using System.Globalization;
using System.Text.Json;
using Cgh.Core;
using Cgh.Core.Files;
using static TorchSharp.torch;

namespace Cgh.Trainer.Checkpoints;

/// <summary>
/// The checkpoints of a run. Each is a safetensors file with parameters and batch statistics under <c>model.</c> and torchvision's
/// names, the rule's state under <c>rule.</c>, and the rest as JSON in the metadata. The last two are kept.
/// </summary>
internal sealed class CheckpointFolder(string path)
{
    /// <summary>Name prefix of parameters and batch statistics.</summary>
    public const string ModelPrefix = "model.";

    private const int MaxKept = 2;
    private const string StateKey = "state";

    /// <summary>Path of the newest checkpoint; null without a checkpoint.</summary>
    public string? Newest => Files().FirstOrDefault();

    /// <summary>Whether the metadata of a safetensors file is that of a checkpoint.</summary>
    public static bool IsCheckpoint(IReadOnlyDictionary<string, string> metadata) => metadata.ContainsKey(StateKey);

    /// <summary>File name for a number of completed steps.</summary>
    public static string FileName(long steps) => string.Create(CultureInfo.InvariantCulture, $"step-{steps:D9}.safetensors");

    /// <summary>Completed steps at the newest checkpoint in a folder; 0 if there is none.</summary>
    public static long NewestStep(string path) => Directory.Exists(path)
        ? Directory.GetFiles(path, "step-*.safetensors")
            .Select(file => Path.GetFileNameWithoutExtension(file)["step-".Length..])
            .Select(steps => long.TryParse(steps, NumberStyles.None, CultureInfo.InvariantCulture, out var step) ? step : 0)
            .DefaultIfEmpty()
            .Max()
        : 0;

    /// <summary>Writes a checkpoint atomically, then deletes those that are no longer needed.</summary>
    /// <param name="steps">Completed steps.</param>
    /// <param name="checkpoint">The state besides the tensors.</param>
    /// <param name="tensors">Tensors by name.</param>
    /// <param name="check">Throws if the folder no longer belongs to this attempt. Called late, as large weights take seconds to write.</param>
    /// <exception cref="UserErrorException">The disk is full or the folder cannot be written.</exception>
    public void Write(long steps, Checkpoint checkpoint, IEnumerable<KeyValuePair<string, Tensor>> tensors, Action? check = null)
    {
        var metadata = new Dictionary<string, string> { [StateKey] = JsonSerializer.Serialize(checkpoint, CghJson.Line) };
        var file = Path.Combine(path, FileName(steps));
        ChildFolder.Create(path);
        SafeTensors.Write(file, tensors, metadata, check);
        check?.Invoke();

        // Later checkpoints must be damaged, otherwise the run would have resumed from them. Temporary files are left by killed attempts.
        var files = Files();
        var at = Array.IndexOf(files, file);
        Delete([.. files[..at], .. files.Skip(at + MaxKept), .. Directory.GetFiles(path, AtomicFile.TemporaryPath("*"))]);
    }

    /// <summary>Deletes all checkpoints, which another run left in the folder.</summary>
    public void Clear() => Delete(Files());

    /// <summary>Reads the newest checkpoint that is not damaged; returns null if there are no checkpoints.</summary>
    /// <param name="damaged">Receives one line for each file that cannot be read.</param>
    /// <exception cref="UserErrorException">There are checkpoints, but none can be read.</exception>
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
                : throw new UserErrorException($"{file} is not a checkpoint of version {Checkpoint.CurrentVersion}. Restart the run from the beginning.");
        }
        catch (JsonException error)
        {
            throw new UserErrorException($"{file} has no readable state: {UserText.FirstLine(error)} Restart the run from the beginning.", error);
        }
    }

    // Newest first. The step number has a fixed width, so names sort by step.
    private string[] Files() => Directory.Exists(path)
        ? [.. Directory.GetFiles(path, "step-*.safetensors").OrderDescending(StringComparer.Ordinal)]
        : [];
}
