using System.Globalization;
using System.Text;

namespace Cgh.Core.Files;

/// <summary>Reads files that a user names and nobody vouches for.</summary>
public static class UntrustedFile
{
    /// <summary>The longest line that <see cref="ReadLines"/> takes, in characters: a matrix's row of half a million numbers.</summary>
    public const int MaxLineLength = 1 << 24;

    /// <summary>Opens a file that has a length. A pipe or a device has none: it could keep the reader waiting, or give bytes without end.</summary>
    /// <param name="path">Of the file.</param>
    /// <param name="remedy">What the user is told to do about one without a length.</param>
    /// <exception cref="UserErrorException">It is empty, a pipe or a device.</exception>
    /// <exception cref="IOException">It is not there, or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It is a folder, or may not be read.</exception>
    public static FileStream OpenRead(string path, string remedy = "Give a file that holds something, not a pipe or a device.")
    {
        if (path.Length == 0)
        {
            throw new FileNotFoundException("No file is named.");
        }

        // A link has a length of its own.
        var file = new FileInfo(path);
        file = file.ResolveLinkTarget(returnFinalTarget: true) as FileInfo ?? file;
        return file is { Exists: true, Length: 0 }
            ? throw new UserErrorException($"{path} is empty, or is not a regular file. {remedy}")
            : File.OpenRead(path);
    }

    /// <summary>The lines of a text file, one by one; CR, LF or both end one.</summary>
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
                throw new UserErrorException(string.Create(CultureInfo.InvariantCulture, $"{path} has a line of more than {MaxLineLength} characters: it is no text of lines. Check the path."));
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
