using System.Globalization;
using System.Text;
using Cgh.Core;
using Cgh.Core.Files;
using Cgh.Core.Runs;

namespace Cgh.Trainer.Recording;

/// <summary>The CSV files of a run folder, open for appending. <see cref="Append"/> writes each row immediately.</summary>
internal sealed class CurveFiles : IDisposable
{
    private readonly RunFence _fence;
    private readonly Dictionary<string, FileStream> _files = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _rows = new(StringComparer.Ordinal);

    /// <summary>Opens the curves of a run and truncates each to the number of rows in <paramref name="rows"/>, by default 0.</summary>
    /// <param name="folder">The run folder.</param>
    /// <param name="fence">The attempt.</param>
    /// <param name="rows">Rows to keep of each curve.</param>
    /// <param name="curves">The curves that the run has; null for <see cref="Curves.All"/>.</param>
    /// <exception cref="UserErrorException">A file has fewer rows or cannot be written.</exception>
    /// <exception cref="SupersededException">A newer attempt has started.</exception>
    public CurveFiles(RunFolder folder, RunFence fence, IReadOnlyDictionary<string, int> rows, IReadOnlyList<string>? curves = null)
    {
        _fence = fence;
        fence.Check();
        try
        {
            foreach (var curve in curves ?? Curves.All)
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

    /// <summary>Number of rows of each curve, without headers.</summary>
    public IReadOnlyDictionary<string, int> Rows => _rows.ToDictionary();

    /// <summary><see cref="Rows"/> of the curves, without <see cref="Curves.CoherenceLayers"/>, which the run store does not have.</summary>
    public IReadOnlyDictionary<string, int> NumericRows => _rows.Where(entry => Curves.Known.Contains(entry.Key)).ToDictionary();

    /// <summary>Appends a row and returns its index.</summary>
    /// <exception cref="UserErrorException">The disk is full.</exception>
    /// <exception cref="SupersededException">A newer attempt has started.</exception>
    public int Append(string curve, params ReadOnlySpan<double> values)
    {
        var line = new StringBuilder();
        foreach (var value in values)
        {
            line.Append(line.Length == 0 ? "" : ",").Append(value.ToString("R", CultureInfo.InvariantCulture));
        }

        return AppendText(curve, line.ToString());
    }

    /// <summary>Appends a row of values separated by commas and returns its index.</summary>
    /// <exception cref="UserErrorException">The disk is full.</exception>
    /// <exception cref="SupersededException">A newer attempt has started.</exception>
    public int AppendText(string curve, string row)
    {
        _fence.Check();
        var file = _files[curve];
        var end = file.Position;
        try
        {
            file.Write(Encoding.ASCII.GetBytes(row + '\n'));
        }
        catch (Exception error) when (error is IOException || WriteError.IsBeyondLimit(error))
        {
            file.SetLength(end);
            throw CannotWrite(file, error);
        }

        return _rows[curve]++;
    }

    /// <summary>Flushes the rows to disk, before a checkpoint that relies on them.</summary>
    public void FlushToDisk()
    {
        foreach (var file in _files.Values)
        {
            try
            {
                file.Flush(flushToDisk: true);
            }
            catch (Exception error) when (error is IOException || WriteError.IsBeyondLimit(error))
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

    // Always creates a new file: a suspended older attempt then appends to the deleted one.
    private static FileStream Open(string path, string header, int rows)
    {
        if (rows == 0)
        {
            AtomicFile.WriteText(path, header + "\n");
        }
        else
        {
            if (UntrustedFile.HasNoLength(path))
            {
                throw new UserErrorException($"{path} is empty or not a regular file. Restore it, or delete the run folder and restart the run.");
            }

            using var old = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var length = EndOfLine(old, rows + 1)
                ?? throw new UserErrorException(
                    $"{path} has fewer rows than the checkpoint ({rows}). Restore the file, or delete the run folder and restart the run.");
            var kept = new byte[length];
            old.Position = 0;
            old.ReadExactly(kept);
            old.Dispose();
            AtomicFile.Write(path, stream => stream.Write(kept));
        }

        // Unbuffered: closing the file must not write a row again that failed because the disk was full.
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

    private static UserErrorException CannotWrite(FileStream file, Exception error) =>
        new($"Cannot write {file.Name}: {UserText.FirstLine(error)} Free disk space, then resume the run.", error);
}
