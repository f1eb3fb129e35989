using System.Globalization;
using Cgh.Core.Files;
using Cgh.Core.Numpy;
using Cgh.Core.Runs;

namespace Cgh.Core.Tracking;

/// <summary>The tracking files of a run: one per tracked epoch, and <c>tracking.json</c>.</summary>
/// <param name="path">The folder, which need not exist.</param>
public sealed class TrackingFolder(string path)
{
    /// <summary>NumPy's type of a record.</summary>
    public const string Descriptor = "[('margin', '<f2'), ('probability', '|u1')]";

    private const string Remedy = "Restore it, or train a new run.";

    /// <summary>The tracking files of a run.</summary>
    public TrackingFolder(RunFolder run)
        : this(System.IO.Path.Combine(run.Path, "tracking"))
    {
    }

    /// <summary>The folder.</summary>
    public string Path => path;

    /// <summary>Path of <c>tracking.json</c>.</summary>
    public string Info => System.IO.Path.Combine(path, "tracking.json");

    /// <summary>Path of the records of an epoch, in example order.</summary>
    public string File(int epoch) => System.IO.Path.Combine(path, string.Create(CultureInfo.InvariantCulture, $"epoch-{epoch:D5}.npy"));

    /// <summary>Length of a file with the records of this many examples, in bytes.</summary>
    public static long FileBytes(int examples) => NpyFile.RecordsLength(Descriptor, TrackingRecord.Size, examples);

    /// <summary>Deletes the records of an earlier run in this folder, and says which run these are of.</summary>
    /// <exception cref="UserErrorException">The folder cannot be written.</exception>
    public void Begin(TrackingInfo info)
    {
        try
        {
            ChildFolder.Create(path);
            foreach (var file in Directory.GetFiles(path, "epoch-*.npy*"))
            {
                System.IO.File.Delete(file);
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"Cannot write to {path}: {UserText.FirstLine(error)} Make it writable, then rerun the command.", error);
        }

        CghJson.Save(Info, info);
    }

    /// <summary>Reads <c>tracking.json</c>.</summary>
    /// <exception cref="UserErrorException">It is missing or damaged, or of another version.</exception>
    public TrackingInfo LoadInfo()
    {
        if (!System.IO.File.Exists(Info))
        {
            throw new UserErrorException($"{Info} is missing. {Remedy}");
        }

        var info = CghJson.Load<TrackingInfo>(Info);
        return info is { Version: TrackingInfo.CurrentVersion, Every: >= 1, Examples: >= 1, Epochs: >= 1 }
            ? info
            : throw new UserErrorException($"{Info} is not one of version {TrackingInfo.CurrentVersion}, or its numbers are out of range. {Remedy}");
    }

    /// <summary>Writes the records of an epoch atomically.</summary>
    /// <param name="epoch">The tracked epoch.</param>
    /// <param name="records">Records of all examples, in their order, of <see cref="TrackingRecord.Size"/> bytes each.</param>
    /// <param name="check">Throws if the folder no longer belongs to the caller; called before the file gets its name.</param>
    /// <exception cref="UserErrorException">The file cannot be written.</exception>
    public void Write(int epoch, ReadOnlyMemory<byte> records, Action? check = null) => AtomicFile.Write(File(epoch), stream =>
    {
        stream.Write(NpyFile.MakeHeader(Descriptor, records.Length / TrackingRecord.Size));
        stream.Write(records.Span);
        check?.Invoke();
    });

    /// <summary>Checks that the records of an epoch exist and are those of this many examples, without reading them.</summary>
    /// <exception cref="UserErrorException">The file is missing, truncated, or has another number of examples.</exception>
    public void Check(int epoch, int examples)
    {
        using var stream = Open(epoch, examples);
    }

    /// <summary>Reads the records of an epoch, of <see cref="TrackingRecord.Size"/> bytes each.</summary>
    /// <param name="epoch">The tracked epoch.</param>
    /// <param name="records">Receives the records of all examples, in their order.</param>
    /// <exception cref="UserErrorException">The file is missing, truncated, or has another number of examples.</exception>
    public void Read(int epoch, Span<byte> records)
    {
        using var stream = Open(epoch, records.Length / TrackingRecord.Size);
        try
        {
            stream.ReadExactly(records);
        }
        catch (IOException error)
        {
            throw new UserErrorException($"Cannot read {File(epoch)}: {UserText.FirstLine(error)} {Remedy}", error);
        }
    }

    private FileStream Open(int epoch, int examples)
    {
        var file = File(epoch);
        if (!System.IO.File.Exists(file))
        {
            throw new UserErrorException($"{file} is missing. {Remedy}");
        }

        var opened = NpyFile.TryOpenRecords(file, Descriptor, TrackingRecord.Size, Remedy);
        if (opened?.Count == examples)
        {
            return opened.Value.Stream;
        }

        opened?.Stream.Dispose();
        throw new UserErrorException(string.Create(
            CultureInfo.InvariantCulture, $"{file} does not hold the records of {examples} examples: it is damaged or of another dataset. {Remedy}"));
    }
}
