using Cgh.Core;
using Cgh.Core.Files;
using Sylvan.Data.Csv;

namespace Cgh.DataPrep.Sources.Tables;

/// <summary>A row of a text table.</summary>
/// <param name="Number">From 1.</param>
/// <param name="Fields">At least one.</param>
internal readonly record struct TextRow(int Number, IReadOnlyList<string> Fields);

/// <summary>Reads tables of text: separated by commas, semicolons or tabs, with quoted fields, with LF or CRLF, with or without a byte order mark.</summary>
internal static class DelimitedText
{
    private const int MaxRowLength = 1 << 20;
    private const int SampleLength = 1 << 12;

    /// <summary>Reads the rows one by one, without those that are empty.</summary>
    /// <exception cref="UserErrorException">The file cannot be read, or is not such a table.</exception>
    public static IEnumerable<TextRow> Read(string path)
    {
        using var text = Open(path);
        using var csv = CsvDataReader.Create(text, new CsvDataReaderOptions
        {
            HasHeaders = false,
            Delimiter = FindDelimiter(path),
            BufferSize = 1 << 16,
            MaxBufferSize = MaxRowLength,
        });
        while (Next(path, csv) is { } row)
        {
            if (row.Fields is not [""])
            {
                yield return row;
            }
        }
    }

    private static TextRow? Next(string path, CsvDataReader csv)
    {
        try
        {
            if (!csv.Read())
            {
                return null;
            }

            var fields = new string[Math.Max(1, csv.RowFieldCount)];
            for (var i = 0; i < fields.Length; i++)
            {
                fields[i] = i < csv.RowFieldCount ? csv.GetString(i).Trim() : "";
            }

            return new TextRow(csv.RowNumber, fields);
        }
        catch (Exception error) when (error is IOException or FormatException or InvalidDataException)
        {
            throw new UserErrorException($"{path}, row {csv.RowNumber + 1}: {UserText.FirstLine(error)} A table of comma-separated values is needed.", error);
        }
    }

    private static StreamReader Open(string path)
    {
        try
        {
            return new StreamReader(UntrustedFile.OpenRead(path));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"Cannot read the table {path}: {UserText.FirstLine(error)} Check the path.", error);
        }
    }

    // The one that the first line has most of; a comma if it has none.
    private static char FindDelimiter(string path)
    {
        using var text = Open(path);
        var sample = new char[SampleLength];
        var line = sample.AsSpan(0, text.ReadBlock(sample));
        if (line.IndexOfAny('\r', '\n') is >= 0 and var end)
        {
            line = line[..end];
        }

        var (delimiter, most) = (',', 0);
        foreach (var candidate in new[] { ',', '\t', ';' })
        {
            if (line.Count(candidate) is var count && count > most)
            {
                (delimiter, most) = (candidate, count);
            }
        }

        return delimiter;
    }
}
