using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Cgh.Core.Files;

namespace Cgh.Core.LabelQuality;

/// <summary>
/// The decisions on a report's labels, in the report's folder: a line for each, in the order of time. Lines are only appended, and are on the disk before
/// <see cref="Append"/> returns. Several processes can append to it. Not thread-safe: <see cref="LabelReview"/> is.
/// </summary>
internal sealed class DecisionLog(string folder, LabelReportInfo report, IReadOnlyList<int> given)
{
    /// <summary>Name of the file.</summary>
    public const string FileName = "decisions.jsonl";

    /// <summary>Name of the file that a process locks while it writes decisions or corrections.</summary>
    public const string LockName = "decisions.lock";

    private readonly List<LabelDecision> _entries = [];

    // Read so far, without a torn line at the end.
    private long _length;
    private int _lines;
    private bool _endsInLine;
    private int _torn;
    private bool _wasRepaired;

    /// <summary>Path of the file. It need not exist.</summary>
    public string Path { get; } = System.IO.Path.Combine(folder, FileName);

    /// <summary>The decisions, oldest first.</summary>
    public IReadOnlyList<LabelDecision> Entries => _entries;

    /// <summary>What was ignored or repaired, in a sentence; null for nothing.</summary>
    public string? Notice => _torn > 0 || _wasRepaired
        ? $"The last line of {FileName} was incomplete, because the program or the machine stopped while it was being written. It was "
            + (_torn > 0 ? "ignored" : "removed") + "; the decisions before it are kept."
        : null;

    /// <summary>Reads what has been appended.</summary>
    /// <returns>Whether anything has changed. If the file is shorter than before, all is read again.</returns>
    /// <exception cref="UserErrorException">The file cannot be read, or a line is damaged or does not fit the report.</exception>
    public bool Read()
    {
        try
        {
            if (Directory.Exists(Path))
            {
                throw new UserErrorException($"{Path} is a folder, and must be the file of a review. Move it away.");
            }

            if (!File.Exists(Path))
            {
                // The folder of a share that is not mounted does not mean that the decisions were deleted.
                return LabelReport.Exists(folder)
                    ? _length > 0 && Reset()
                    : throw UserErrorException.NotFound($"{folder} is not there now. The decisions in it are kept; reviewing can go on when it is back.");
            }

            if (UntrustedFile.HasNoLength(Path))
            {
                return _length > 0 && Reset();
            }

            using var stream = new FileStream(Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            return Read(stream);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"Cannot read {Path}: {UserText.FirstLine(error)} Check the disk or the share.", error);
        }
    }

    /// <summary>Appends a decision, whose number is set here, and flushes it to the disk.</summary>
    /// <exception cref="UserErrorException">It was not saved: the folder is gone or cannot be written.</exception>
    public LabelDecision Append(LabelDecision decision)
    {
        // The lock would create the folder of a share that is not mounted.
        if (!LabelReport.Exists(folder))
        {
            throw UserErrorException.NotFound(
                $"The decision was not saved: {folder} is not there now. Decide again when it is back; earlier decisions are kept.");
        }

        using var held = FolderLock.Take(folder, LockName);
        try
        {
            using var stream = new FileStream(Path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
            if (!stream.CanSeek)
            {
                throw NotAFile();
            }

            Read(stream);
            if (_torn > 0)
            {
                stream.SetLength(_length);
                (_torn, _wasRepaired) = (0, true);
            }

            var numbered = decision with { Sequence = (_entries.Count > 0 ? _entries[^1].Sequence : 0) + 1 };
            byte[] line = [.. _endsInLine ? "\n"u8 : [], .. JsonSerializer.SerializeToUtf8Bytes(numbered, CghJson.Line), (byte)'\n'];
            stream.Position = _length;
            stream.Write(line);
            stream.Flush(flushToDisk: true);
            if (stream.Length != _length + line.Length)
            {
                // A device.
                throw NotAFile();
            }

            _entries.Add(numbered);
            (_length, _endsInLine, _lines) = (_length + line.Length, false, _lines + 1);
            return numbered;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException(
                $"The decision was not saved: cannot write {Path}: {UserText.FirstLine(error)} Decide again; earlier decisions are kept.", error);
        }
    }

    /// <summary>Number and SHA-256 of the lines read so far.</summary>
    /// <exception cref="UserErrorException">The file cannot be read.</exception>
    public (int Lines, string Sha256) Checksum()
    {
        try
        {
            var bytes = new byte[_length];
            if (_length > 0)
            {
                using var stream = new FileStream(Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
                stream.ReadExactly(bytes);
            }

            return (_lines, Convert.ToHexStringLower(SHA256.HashData(bytes)));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"Cannot read {Path}: {UserText.FirstLine(error)} Check the disk or the share.", error);
        }
    }

    private bool Reset()
    {
        _entries.Clear();
        (_length, _lines, _endsInLine, _torn) = (0, 0, false, 0);
        return true;
    }

    private bool Read(FileStream stream)
    {
        var wasReset = stream.Length < _length && Reset();
        if (stream.Length == _length)
        {
            _torn = 0;
            return wasReset;
        }

        if (stream.Length - _length > UntrustedFile.MaxTextBytes)
        {
            throw new UserErrorException($"{Path} has {UserText.Bytes(stream.Length)}, which no review has. Restore it or move it away.");
        }

        stream.Position = _length;
        var bytes = new byte[stream.Length - _length];
        var count = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        var rest = bytes.AsSpan(0, count);
        var before = _entries.Count;
        _torn = 0;
        while (rest.Length > 0)
        {
            var end = rest.IndexOf((byte)'\n');
            var line = end < 0 ? rest : rest[..end];
            var isLast = end < 0 || end + 1 == rest.Length;
            if (line.Trim(" \r"u8).Length > 0)
            {
                if (Parse(line, out var reason) is { } entry)
                {
                    _entries.Add(entry);
                }
                else if (end < 0 || (isLast && line.Contains((byte)0)))
                {
                    // A disk can have written the length before the content.
                    _torn = rest.Length;
                    break;
                }
                else
                {
                    throw Damaged(reason);
                }
            }

            // The line break of a complete last line without one belongs to the next.
            _lines += _endsInLine ? 0 : 1;
            _endsInLine = end < 0;
            var read = end < 0 ? rest.Length : end + 1;
            _length += read;
            rest = rest[read..];
        }

        return wasReset || _entries.Count > before;
    }

    private LabelDecision? Parse(ReadOnlySpan<byte> line, out string reason)
    {
        try
        {
            var entry = JsonSerializer.Deserialize<LabelDecision>(line, CghJson.Line);
            reason = entry is null ? "is damaged" : entry.Failure(report, given) ?? "";
            return reason.Length == 0 ? entry : throw Damaged(reason);
        }
        catch (JsonException)
        {
            reason = "is damaged";
            return null;
        }
    }

    private UserErrorException NotAFile() => new($"The decision was not saved: {Path} is not a regular file. Move it away, then decide again.");

    private UserErrorException Damaged(string reason) => new(string.Create(
        CultureInfo.InvariantCulture, $"{Path}: line {_lines + 1} {reason}. Restore the file, remove the line, or move the file away to start a new review."));
}
