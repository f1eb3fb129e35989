using System.Text.Json;
using Cgh.Core.Datasets;
using Cgh.Core.Files;
using Cgh.DataPrep.Sources;

namespace Cgh.DataPrep.Packing;

/// <summary>
/// The source and options of an unfinished dataset. If the <see cref="IImageSource.Fingerprint"/> or a size differs, packing starts over.
/// </summary>
internal sealed record PackSettings(string Fingerprint, int Side, int ShortSide, long ShardBytes);

/// <summary>A finished shard of an unfinished dataset.</summary>
/// <param name="Split">The split of the shard.</param>
/// <param name="Shard">The shard.</param>
/// <param name="NextFile">Index of the first file after the shard in the split.</param>
/// <param name="Skipped">Files skipped since the previous shard.</param>
internal sealed record PackedShard(Split Split, ShardInfo Shard, int NextFile, IReadOnlyList<SkippedFile> Skipped);

/// <summary>
/// Journal of an unfinished dataset: <c>pack.json</c> holds the settings, and each line of <c>pack.jsonl</c> is a shard that has been
/// flushed to disk. A process that resumes continues after the last line.
/// </summary>
internal sealed class PackJournal : IDisposable
{
    public const string SettingsFile = "pack.json";
    private const string LinesFile = "pack.jsonl";

    private readonly FileStream _lines;

    private PackJournal(FileStream lines, IReadOnlyList<PackedShard> finished)
    {
        _lines = lines;
        Finished = finished;
    }

    /// <summary>Shards of earlier attempts, in the order of writing.</summary>
    public IReadOnlyList<PackedShard> Finished { get; }

    /// <summary>Opens the journal of earlier attempts. If their settings differ, the folder is cleared.</summary>
    public static PackJournal Open(StagingFolder staging, PackSettings settings)
    {
        var settingsPath = Path.Combine(staging.Path, SettingsFile);
        if (!File.Exists(settingsPath) || CghJson.Load<PackSettings>(settingsPath) != settings)
        {
            staging.Clear();
            CghJson.Save(settingsPath, settings);
        }

        var finished = new List<PackedShard>();
        var linesPath = Path.Combine(staging.Path, LinesFile);
        var wholeLines = 0L;
        if (File.Exists(linesPath))
        {
            var bytes = File.ReadAllBytes(linesPath);
            while (Array.IndexOf(bytes, (byte)'\n', (int)wholeLines) is var end and >= 0)
            {
                var shard = JsonSerializer.Deserialize<PackedShard>(bytes.AsSpan((int)wholeLines, end - (int)wholeLines), CghJson.Line)!;
                if (!File.Exists(Path.Combine(Dataset.SplitFolder(staging.Path, shard.Split), shard.Shard.File)))
                {
                    break;
                }

                finished.Add(shard);
                wholeLines = end + 1;
            }
        }

        // A killed process may have left an incomplete last line; truncate it.
        var stream = new FileStream(linesPath, FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read, bufferSize: 0);
        stream.SetLength(wholeLines);
        stream.Position = wholeLines;
        return new PackJournal(stream, finished);
    }

    /// <summary>Records a shard that has been flushed to disk.</summary>
    public void Add(PackedShard shard)
    {
        _lines.Write([.. JsonSerializer.SerializeToUtf8Bytes(shard, CghJson.Line), (byte)'\n']);
        _lines.Flush(flushToDisk: true);
    }

    /// <summary>Deletes the journal from a complete dataset.</summary>
    public static void Delete(string folder)
    {
        File.Delete(Path.Combine(folder, LinesFile));
        File.Delete(Path.Combine(folder, SettingsFile));
    }

    public void Dispose() => _lines.Dispose();
}
