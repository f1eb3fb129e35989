using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Cgh.Core.Files;
using Cgh.Core.Numpy;

namespace Cgh.Core.Datasets;

/// <summary>
/// Probabilities by which labels change: row c, column d holds that of class c becoming class d. Rows and columns count from 0,
/// as labels do.
/// </summary>
public sealed class TransitionMatrix
{
    /// <summary>How far from 1 the sum of a row may be; it is drawn from as if it were 1.</summary>
    public const double Tolerance = 1e-6;

    private readonly double[] _values;
    private readonly double[] _sums;

    private TransitionMatrix(double[] values, int classes)
    {
        _values = values;
        _sums = new double[values.Length];
        Classes = classes;
        for (var row = 0; row < classes; row++)
        {
            var sum = 0.0;
            for (var at = row * classes; at < (row + 1) * classes; at++)
            {
                _sums[at] = sum += values[at];
            }

            for (var at = row * classes; at < (row + 1) * classes; at++)
            {
                _sums[at] /= sum;
            }
        }
    }

    public int Classes { get; }

    /// <summary>Lower-case hexadecimal SHA-256 of the values as float64, row after row.</summary>
    public string Sha256 => Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes(_values.AsSpan())));

    /// <summary>Reads a matrix: <c>.npy</c> of float64 or float32, any other file as lines of numbers with commas between them.</summary>
    /// <param name="path">Of the file.</param>
    /// <param name="classes">How many rows and columns are needed.</param>
    /// <exception cref="UserErrorException">Names the first row that is no row of such a matrix, and why.</exception>
    public static TransitionMatrix Load(string path, int classes)
    {
        var matrix = Load(path);
        return matrix.Classes == classes
            ? matrix
            : throw new UserErrorException($"{path} is a matrix of {matrix.Classes} x {matrix.Classes}, but the dataset has {classes} classes: it needs as many rows and columns.");
    }

    /// <summary>As <see cref="Load(string, int)"/>, where the number of classes is not known yet.</summary>
    /// <exception cref="UserErrorException">Names the first row that is no row of such a matrix, and why.</exception>
    public static TransitionMatrix Load(string path)
    {
        var rows = path.EndsWith(".npy", StringComparison.OrdinalIgnoreCase) ? NpyFile.ReadMatrix(path) : ReadCsv(path);
        for (var row = 0; row < rows.Count; row++)
        {
            Check(path, row, rows[row], rows.Count);
        }

        return rows.Count > 0
            ? new TransitionMatrix([.. rows.SelectMany(row => row)], rows.Count)
            : throw new UserErrorException($"{path} is empty. Write a row for each class: the probabilities of what it becomes.");
    }

    /// <summary>Writes it as <c>.npy</c> of float64, whole or not at all.</summary>
    public void Save(string path) => AtomicFile.Write(path, stream =>
    {
        stream.Write(NpyFile.MakeHeader(NpyFile.Float64, Classes, Classes));
        stream.Write(MemoryMarshal.AsBytes(_values.AsSpan()));
    });

    /// <summary>What <paramref name="label"/> becomes.</summary>
    /// <param name="label">A class.</param>
    /// <param name="value">Drawn uniformly from [0, 1): the first class whose cumulative probability is above it is taken.</param>
    public long Draw(long label, double value)
    {
        var row = _sums.AsSpan((int)label * Classes, Classes);
        int low = 0, high = Classes - 1;
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (row[middle] > value)
            {
                high = middle;
            }
            else
            {
                low = middle + 1;
            }
        }

        return low;
    }

    private static void Check(string path, int row, double[] values, int rows)
    {
        if (values.Length != rows)
        {
            throw Wrong($"has {values.Length} entries, but the matrix has {rows} rows: it must be square");
        }

        var column = Array.FindIndex(values, value => !(value >= 0 && double.IsFinite(value)));
        if (column >= 0)
        {
            throw Wrong(string.Create(CultureInfo.InvariantCulture, $"has {values[column]} in column {column}: probabilities are numbers of at least 0"));
        }

        if (Math.Abs(values.Sum() - 1) > Tolerance)
        {
            throw Wrong(string.Create(CultureInfo.InvariantCulture, $"sums to {values.Sum()}, not to 1: it holds the probabilities of all that class {row} becomes"));
        }

        UserErrorException Wrong(string what) => new($"{path}: row {row} {what}. Rows and columns count from 0.");
    }

    private static List<double[]> ReadCsv(string path)
    {
        var rows = new List<double[]>();
        try
        {
            foreach (var line in UntrustedFile.ReadLines(path))
            {
                if (!string.IsNullOrWhiteSpace(line))
                {
                    rows.Add(ParseRow(path, rows.Count, line));
                }
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"Cannot read the matrix {path}: {AtomicFile.FirstLine(error)} Check the path.", error);
        }

        return rows;
    }

    private static double[] ParseRow(string path, int row, string line)
    {
        var fields = line.Split(',');
        var values = new double[fields.Length];
        for (var column = 0; column < fields.Length; column++)
        {
            if (!double.TryParse(fields[column], NumberStyles.Float, CultureInfo.InvariantCulture, out values[column]))
            {
                throw new UserErrorException($"{path}: row {row} has '{UserText.Shortened(fields[column].Trim())}' in column {column}, which is not a number. Write numbers with a decimal point and commas between them; rows and columns count from 0.");
            }
        }

        return values;
    }
}
