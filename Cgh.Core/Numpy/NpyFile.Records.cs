using Cgh.Core.Files;

namespace Cgh.Core.Numpy;

/// <summary>One-dimensional structured arrays, whose header is compared with the one that this project writes.</summary>
public static partial class NpyFile
{
    /// <summary>Length of a file of records, in bytes.</summary>
    /// <param name="descriptor">NumPy's list of fields, as <see cref="MakeHeader"/> writes it.</param>
    /// <param name="recordBytes">Length of a record.</param>
    /// <param name="count">Number of records.</param>
    public static long RecordsLength(string descriptor, int recordBytes, int count) => MakeHeader(descriptor, count).Length + ((long)count * recordBytes);

    /// <summary>Opens a one-dimensional structured array that has exactly these fields, at its first record.</summary>
    /// <param name="path">Path of the file.</param>
    /// <param name="descriptor">NumPy's list of fields, as <see cref="MakeHeader"/> writes it.</param>
    /// <param name="recordBytes">Length of a record.</param>
    /// <param name="remedy">Last sentence of the error message: what the user can do about an invalid file.</param>
    /// <returns>The file, which the caller disposes, and its number of records.</returns>
    /// <exception cref="UserErrorException">The file is missing, damaged, or has other fields.</exception>
    public static (FileStream Stream, int Count) OpenRecords(string path, string descriptor, int recordBytes, string remedy) =>
        TryOpenRecords(path, descriptor, recordBytes, remedy) ?? throw new UserErrorException($"{path} is damaged or has other columns. {remedy}");

    /// <summary>As <see cref="OpenRecords"/>, but null if the file is truncated or has other fields.</summary>
    /// <exception cref="UserErrorException">The file is missing or cannot be read.</exception>
    public static (FileStream Stream, int Count)? TryOpenRecords(string path, string descriptor, int recordBytes, string remedy)
    {
        FileStream? stream = null;
        try
        {
            stream = UntrustedFile.OpenRead(path, remedy);

            // The number of digits decides the length of the header.
            var count = (int)Math.Min(int.MaxValue, stream.Length / recordBytes);
            while (count > 0 && RecordsLength(descriptor, recordBytes, count) > stream.Length)
            {
                count--;
            }

            var header = MakeHeader(descriptor, count);
            var actual = new byte[header.Length];
            if (stream.Length == RecordsLength(descriptor, recordBytes, count)
                && stream.ReadAtLeast(actual, actual.Length, throwOnEndOfStream: false) == actual.Length
                && actual.AsSpan().SequenceEqual(header))
            {
                return (stream, count);
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            stream?.Dispose();
            throw new UserErrorException($"Cannot read {path}: {UserText.FirstLine(error)} {remedy}", error);
        }
        catch
        {
            stream?.Dispose();
            throw;
        }

        stream.Dispose();
        return null;
    }
}
