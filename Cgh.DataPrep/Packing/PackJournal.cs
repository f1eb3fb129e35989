using System.Text.Json;
using Cgh.Core.Datasets;
using Cgh.Core.Files;

namespace Cgh.DataPrep.Packing;

/// <summary>
/// What an unfinished dataset was begun with; another <see cref="SourceListing.Fingerprint"/> or size means starting over.
/// </summary>
internal sealed record PackSettings(string Fingerprint, int Side, int ShortSide, long ShardBytes);

/// <summary>A finished shard of an unfinished dataset.</summary>
/// <param name="Split">The split that it belongs to.</param>
/// <param name="Shard">The shard.</param>
/// <param name="NextFile">Index, within the split's listing, of the first file after it.</param>
/// <param name="Skipped">Files left out since the shard before.</param>
internal sealed record PackedShard(Split Split, ShardInfo Shard, int NextFile, IReadOnlyList<SkippedFile> Skipped);

/// <summary>
/// Which shards of an unfinished dataset are finished: <c>pack.json</c> says what it was begun with, and each line of
/// <c>pack.jsonl</c> is a shard that is on the disk. A process that takes over after a kill goes on behind the last line.
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

    /// <summary>Shards of earlier attempts, in the order in which they were written.</summary>
    public IReadOnlyList<PackedShard> Finished { get; }

    /// <summary>Reads what earlier attempts left, and clears the folder when they were at something else.</summary>
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

        // A kill can leave half a line behind; the next one must not be appended to it.
        var stream = new FileStream(linesPath, FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read, bufferSize: 0);
        stream.SetLength(wholeLines);
        stream.Position = wholeLines;
        return new PackJournal(stream, finished);
    }

    /// <summary>Notes a shard that is on the disk.</summary>
    public void Add(PackedShard shard)
    {
        _lines.Write([.. JsonSerializer.SerializeToUtf8Bytes(shard, CghJson.Line), (byte)'\n']);
        _lines.Flush(flushToDisk: true);
    }

    /// <summary>Removes the journal from a dataset that is finished.</summary>
    public static void Delete(string folder)
    {
        File.Delete(Path.Combine(folder, LinesFile));
        File.Delete(Path.Combine(folder, SettingsFile));
    }

    public void Dispose() => _lines.Dispose();
}
