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
        var options = new CsvDataReaderOptions
        {
            HasHeaders = false,
            Delimiter = FindDelimiter(path),
            BufferSize = 1 << 16,
            MaxBufferSize = MaxRowLength,
        };

        // Creating the reader reads the first row.
        using var csv = Guarded(path, 1, () => CsvDataReader.Create(text, options));
        for (var number = 1; Next(path, number, csv) is { } row; number = row.Number + 1)
        {
            if (row.Fields is not [""])
            {
                yield return row;
            }
        }
    }

    private static TextRow? Next(string path, int number, CsvDataReader csv) => Guarded(
        path,
        number,
        () =>
        {
            if (!csv.Read())
            {
                return (TextRow?)null;
            }

            var fields = new string[Math.Max(1, csv.RowFieldCount)];
            for (var i = 0; i < fields.Length; i++)
            {
                fields[i] = i < csv.RowFieldCount ? csv.GetString(i).Trim() : "";
            }

            return new TextRow(csv.RowNumber, fields);
        });

    private static T Guarded<T>(string path, int row, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (CsvRecordTooLargeException error)
        {
            throw NoTable(path, row, $"it is longer than {UserText.Bytes(MaxRowLength)}.", error);
        }
        catch (Exception error) when (error is FormatException or InvalidDataException)
        {
            throw NoTable(path, row, UserText.FirstLine(error), error);
        }
        catch (IOException error)
        {
            throw CannotRead(path, error);
        }
    }

    private static UserErrorException NoTable(string path, int row, string reason, Exception error) =>
        new($"{path}, row {row}: {reason} A table of comma-separated values is needed.", error);

    private static StreamReader Open(string path)
    {
        try
        {
            return new StreamReader(UntrustedFile.OpenRead(path));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw CannotRead(path, error);
        }
    }

    private static UserErrorException CannotRead(string path, Exception error) =>
        new($"Cannot read the table {path}: {UserText.FirstLine(error)} Check the path.", error);

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
