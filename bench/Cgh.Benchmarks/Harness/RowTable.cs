using System.Globalization;
using System.Text.Json;
using Cgh.Core.Files;

namespace Cgh.Benchmarks.Harness;

/// <summary>Writes rows as a Markdown table and as a JSON array.</summary>
internal static class RowTable
{
    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public static void Print(IEnumerable<Row> rows)
    {
        Console.WriteLine("| what | unit | ours | peer | ratio | min to max | floor | n | threads | peer is |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|---|---|");
        foreach (var row in rows)
        {
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"| {row.What} | {row.Unit} | {row.Ours:G4} | {row.Peer:G4} | {row.Ratio:G3} | {row.Spread[0]:G3} to {row.Spread[1]:G3} "
                + $"| {row.Floor:G3} | {row.N} | {row.Threads} | {row.Peers} |"));
        }
    }

    /// <param name="rows">The rows.</param>
    /// <param name="path">Path of the file; null to write nothing.</param>
    public static void Save(IReadOnlyList<Row> rows, string? path)
    {
        if (path is not null)
        {
            AtomicFile.Write(path, stream => JsonSerializer.Serialize(stream, rows, s_json));
        }
    }
}
