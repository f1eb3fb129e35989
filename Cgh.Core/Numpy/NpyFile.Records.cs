using Cgh.Core.Files;

namespace Cgh.Core.Numpy;

public static partial class NpyFile
{
    /// <summary>Opens a one-dimensional structured array that has exactly these fields, at its first record.</summary>
    /// <param name="path">Path of the file.</param>
    /// <param name="descriptor">NumPy's list of fields, as <see cref="MakeHeader"/> writes it.</param>
    /// <param name="recordBytes">Length of a record.</param>
    /// <param name="remedy">Last sentence of the error message: what the user can do about an invalid file.</param>
    /// <returns>The file, which the caller disposes, and its number of records.</returns>
    /// <exception cref="UserErrorException">The file is missing, damaged, or has other fields.</exception>
    public static (FileStream Stream, int Count) OpenRecords(string path, string descriptor, int recordBytes, string remedy)
    {
        FileStream? stream = null;
        try
        {
            stream = UntrustedFile.OpenRead(path, remedy);
            var count = (int)Math.Min(int.MaxValue, stream.Length / recordBytes);
            while (count > 0 && MakeHeader(descriptor, count).Length + ((long)count * recordBytes) > stream.Length)
            {
                count--;
            }

            var header = MakeHeader(descriptor, count);
            var actual = new byte[header.Length];
            return stream.Length == header.Length + ((long)count * recordBytes)
                && stream.ReadAtLeast(actual, actual.Length, throwOnEndOfStream: false) == actual.Length
                && actual.AsSpan().SequenceEqual(header)
                ? (stream, count)
                : throw new UserErrorException($"{path} is damaged or has other columns. {remedy}");
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
    }
}
