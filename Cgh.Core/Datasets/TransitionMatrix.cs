using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Cgh.Core.Files;
using Cgh.Core.Numpy;

namespace Cgh.Core.Datasets;

/// <summary>
/// The transition matrix of class-conditional label noise: row c, column d is the probability that class c becomes class d. Rows and
/// columns count from 0, as labels do.
/// </summary>
public sealed class TransitionMatrix
{
    /// <summary>How far the sum of a row may deviate from 1. Rows are normalized before drawing.</summary>
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

    /// <summary>Number of rows and columns.</summary>
    public int Classes { get; }

    /// <summary>SHA-256 of the values as float64, row by row, in lower-case hexadecimal.</summary>
    public string Sha256 => Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes(_values.AsSpan())));

    /// <summary>Reads a matrix of a known size.</summary>
    /// <param name="path">A <c>.npy</c> file of float64 or float32; any other file is read as comma-separated values.</param>
    /// <param name="classes">Expected number of rows and columns.</param>
    /// <exception cref="UserErrorException">The file cannot be read, has the wrong size or an invalid row; the message names the first one.</exception>
    public static TransitionMatrix Load(string path, int classes)
    {
        var matrix = Load(path);
        return matrix.Classes == classes
            ? matrix
            : throw new UserErrorException(
                $"{path} is a {matrix.Classes} x {matrix.Classes} matrix, but the dataset has {classes} classes. Use a {classes} x {classes} matrix.");
    }

    /// <summary>Reads a matrix of any size, such as before the number of classes is known.</summary>
    /// <param name="path">A <c>.npy</c> file of float64 or float32; any other file is read as comma-separated values.</param>
    /// <exception cref="UserErrorException">The file cannot be read or has an invalid row; the message names the first one.</exception>
    public static TransitionMatrix Load(string path)
    {
        var rows = path.EndsWith(".npy", StringComparison.OrdinalIgnoreCase) ? NpyFile.ReadMatrix(path) : ReadCsv(path);
        for (var row = 0; row < rows.Count; row++)
        {
            Check(path, row, rows[row], rows.Count);
        }

        return rows.Count > 0
            ? new TransitionMatrix([.. rows.SelectMany(row => row)], rows.Count)
            : throw new UserErrorException($"{path} is empty. Write one row of probabilities per class.");
    }

    /// <summary>Writes the matrix atomically, as a float64 <c>.npy</c> file.</summary>
    public void Save(string path) => AtomicFile.Write(path, stream =>
    {
        stream.Write(NpyFile.MakeHeader(NpyFile.Float64, Classes, Classes));
        stream.Write(MemoryMarshal.AsBytes(_values.AsSpan()));
    });

    /// <summary>Returns the class that <paramref name="label"/> becomes: the first whose cumulative probability is above <paramref name="value"/>.</summary>
    /// <param name="label">A class index.</param>
    /// <param name="value">A uniform random value in [0, 1).</param>
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
            throw Invalid($"has {values.Length} entries, but the matrix has {rows} rows: it must be square");
        }

        var column = Array.FindIndex(values, value => !(value >= 0 && double.IsFinite(value)));
        if (column >= 0)
        {
            throw Invalid(string.Create(
                CultureInfo.InvariantCulture, $"has {values[column]} in column {column}: a probability must be a number of at least 0"));
        }

        if (Math.Abs(values.Sum() - 1) > Tolerance)
        {
            throw Invalid(string.Create(CultureInfo.InvariantCulture, $"sums to {values.Sum()}, but its probabilities must sum to 1"));
        }

        UserErrorException Invalid(string reason) => new($"{path}: row {row} {reason}. Rows and columns count from 0.");
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
            throw new UserErrorException($"Cannot read the matrix {path}: {UserText.FirstLine(error)} Check the path.", error);
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
                throw new UserErrorException(
                    $"{path}: row {row} has '{UserText.Shortened(fields[column].Trim())}' in column {column}, which is not a number. "
                    + "Use comma-separated numbers with a decimal point. Rows and columns count from 0.");
            }
        }

        return values;
    }
}
