using System.Globalization;
using System.Text;
using Cgh.Core;
using Cgh.Core.Files;
using Cgh.Core.Runs;

namespace Cgh.Trainer.Recording;

/// <summary>The CSVs of a run folder, open for appending; each row is in the file when <see cref="Append"/> returns.</summary>
internal sealed class CurveFiles : IDisposable
{
    private readonly RunFence _fence;
    private readonly Dictionary<string, FileStream> _files = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _rows = new(StringComparer.Ordinal);

    /// <summary>Opens all curves, cut to the rows that <paramref name="rows"/> says; 0 makes a file that has only its header.</summary>
    /// <exception cref="UserErrorException">A file has fewer rows than that, or cannot be written.</exception>
    /// <exception cref="SupersededException">A newer attempt has begun.</exception>
    public CurveFiles(RunFolder folder, RunFence fence, IReadOnlyDictionary<string, int> rows)
    {
        _fence = fence;
        fence.Check();
        try
        {
            foreach (var curve in Curves.All)
            {
                _rows[curve] = rows.GetValueOrDefault(curve);
                _files[curve] = Open(folder.Csv(curve), Curves.Header(curve), _rows[curve]);
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Rows of each curve, headers not counted.</summary>
    public IReadOnlyDictionary<string, int> Rows => _rows.ToDictionary();

    /// <summary>Appends a row and returns its index.</summary>
    /// <exception cref="UserErrorException">The disk is full.</exception>
    /// <exception cref="SupersededException">A newer attempt has begun.</exception>
    public int Append(string curve, params ReadOnlySpan<double> values)
    {
        _fence.Check();
        var line = new StringBuilder();
        foreach (var value in values)
        {
            line.Append(line.Length == 0 ? "" : ",").Append(value.ToString("R", CultureInfo.InvariantCulture));
        }

        var file = _files[curve];
        var end = file.Position;
        try
        {
            file.Write(Encoding.ASCII.GetBytes(line.Append('\n').ToString()));
        }
        catch (IOException error)
        {
            file.SetLength(end);
            throw CannotWrite(file, error);
        }

        return _rows[curve]++;
    }

    /// <summary>Sees to it that the rows are on the disk: before a checkpoint that counts on them.</summary>
    public void FlushToDisk()
    {
        foreach (var file in _files.Values)
        {
            try
            {
                file.Flush(flushToDisk: true);
            }
            catch (IOException error)
            {
                throw CannotWrite(file, error);
            }
        }
    }

    public void Dispose()
    {
        foreach (var file in _files.Values)
        {
            file.Dispose();
        }
    }

    // Always a new file: an older attempt that is stopped in the middle of a row appends to the one that is no longer there.
    private static FileStream Open(string path, string header, int rows)
    {
        if (rows == 0)
        {
            AtomicFile.WriteText(path, header + "\n");
        }
        else
        {
            using var old = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var kept = new byte[EndOfLine(old, rows + 1) ?? throw new UserErrorException($"{path} has lost rows: the checkpoint was written when it had {rows}. Restore it, or delete the run's folder and train anew.")];
            old.Position = 0;
            old.ReadExactly(kept);
            old.Dispose();
            AtomicFile.Write(path, stream => stream.Write(kept));
        }

        // Without a buffer of its own: a row that did not fit on a full disk must not come back when the file is closed.
        var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.Read, bufferSize: 0);
        file.Seek(0, SeekOrigin.End);
        return file;
    }

    private static long? EndOfLine(FileStream file, int lines)
    {
        var buffer = new byte[1 << 16];
        var before = 0L;
        for (int read; (read = file.Read(buffer)) > 0; before += read)
        {
            for (var i = 0; i < read; i++)
            {
                if (buffer[i] == (byte)'\n' && --lines == 0)
                {
                    return before + i + 1;
                }
            }
        }

        return null;
    }

    private static UserErrorException CannotWrite(FileStream file, IOException error) =>
        new($"Cannot write {file.Name}: {AtomicFile.FirstLine(error)} Free space, then resume the run.", error);
}
