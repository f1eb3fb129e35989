using System.Globalization;
using System.Text;

namespace Cgh.Core.Files;

/// <summary>Reads user-supplied files without trusting their type or size.</summary>
public static class UntrustedFile
{
    /// <summary>Maximum line length of <see cref="ReadLines"/> in characters; enough for a matrix row of half a million numbers.</summary>
    public const int MaxLineLength = 1 << 24;

    /// <summary>Maximum size of a file that is read as a whole, in bytes; enough for the curve of a run of four million steps.</summary>
    public const int MaxTextBytes = 1 << 28;

    /// <summary>Opens a regular file that is not empty. Pipes and devices, which could block or never end, have length 0 and are rejected.</summary>
    /// <param name="path">Path of the file.</param>
    /// <param name="remedy">Last sentence of the error message: what the user can do about a rejected file.</param>
    /// <exception cref="UserErrorException">The file is empty, a pipe or a device.</exception>
    /// <exception cref="IOException">The file does not exist or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The path is a folder, or access is denied.</exception>
    public static FileStream OpenRead(string path, string remedy = "Use a regular file with content.")
    {
        if (path.Length == 0)
        {
            throw new FileNotFoundException("The path is empty.");
        }

        return HasNoLength(path) ? throw new UserErrorException($"{path} is empty or not a regular file. {remedy}") : File.OpenRead(path);
    }

    /// <summary>Whether a file exists that is empty, a pipe or a device. Opening a pipe can block, and reading a device need not end.</summary>
    /// <exception cref="IOException">The path is a link that leads to itself.</exception>
    public static bool HasNoLength(string path)
    {
        // FileInfo.Length of a symbolic link is that of the link itself.
        var file = new FileInfo(path);
        file = file.ResolveLinkTarget(returnFinalTarget: true) as FileInfo ?? file;
        return file is { Exists: true, Length: 0 };
    }

    /// <summary>Reads a text that a user names, also from a pipe.</summary>
    /// <exception cref="UserErrorException">It is longer than <see cref="MaxTextBytes"/>.</exception>
    /// <exception cref="IOException">The file does not exist or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The path is a folder, or access is denied.</exception>
    public static string ReadText(string path)
    {
        using var stream = File.OpenRead(path);
        return ReadText(stream, path);
    }

    internal static string ReadText(Stream stream, string path)
    {
        UserErrorException TooLong() => new($"{path} has more than {UserText.Bytes(MaxTextBytes)}, so it is not read. Restore it or check the path.");
        if (stream.CanSeek && stream.Length > MaxTextBytes)
        {
            throw TooLong();
        }

        // A device has no length, and a file can grow meanwhile.
        using var content = new MemoryStream();
        var buffer = new byte[1 << 16];
        for (int count; (count = stream.Read(buffer)) > 0; content.Write(buffer, 0, count))
        {
            if (content.Length + count > MaxTextBytes)
            {
                throw TooLong();
            }
        }

        content.Position = 0;
        using var reader = new StreamReader(content);
        return reader.ReadToEnd();
    }

    /// <summary>Reads a text file line by line. CR, LF and CRLF end a line.</summary>
    /// <exception cref="UserErrorException">As <see cref="OpenRead"/>, or a line is longer than <see cref="MaxLineLength"/>.</exception>
    /// <exception cref="IOException">As <see cref="OpenRead"/>.</exception>
    /// <exception cref="UnauthorizedAccessException">As <see cref="OpenRead"/>.</exception>
    public static IEnumerable<string> ReadLines(string path)
    {
        using var reader = new StreamReader(OpenRead(path));
        var line = new StringBuilder();
        for (var next = reader.Read(); next >= 0; next = reader.Read())
        {
            if (next is '\n' or '\r')
            {
                if (next == '\r' && reader.Peek() == '\n')
                {
                    reader.Read();
                }

                yield return line.ToString();
                line.Clear();
            }
            else if (line.Length == MaxLineLength)
            {
                throw new UserErrorException(string.Create(
                    CultureInfo.InvariantCulture, $"{path} has a line of more than {MaxLineLength} characters, so it is not read as text. Check the path."));
            }
            else
            {
                line.Append((char)next);
            }
        }

        if (line.Length > 0)
        {
            yield return line.ToString();
        }
    }
}
