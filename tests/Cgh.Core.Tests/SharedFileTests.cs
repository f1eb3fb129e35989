using Cgh.Core.Files;
using Cgh.Tests;
using Xunit;

namespace Cgh.Core.Tests;

public sealed class SharedFileTests : IDisposable
{
    // ERROR_SHARING_VIOLATION.
    private const int InUse = unchecked((int)0x80070020);

    // ERROR_ACCESS_DENIED: an IOException when a folder is moved.
    private const int AccessDenied = unchecked((int)0x80070005);

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Retry_InUseOnWindows_RetriesUntilItSucceeds()
    {
        var errors = new Queue<Exception>([new IOException("in use", InUse), new UnauthorizedAccessException("open"), new IOException("denied", AccessDenied)]);
        var waits = 0;

        var result = SharedFile.Retry(() => errors.TryDequeue(out var error) ? throw error : "done", onWindows: true, () => waits++);

        Assert.Equal(("done", 3), (result, waits));
    }

    [Fact]
    public void Retry_StaysInUseOnWindows_ThrowsTheLastError()
    {
        var attempts = 0;
        var waits = 0;

        Assert.Throws<UnauthorizedAccessException>(
            () => SharedFile.Retry<bool>(() => throw new UnauthorizedAccessException($"{++attempts}"), onWindows: true, () => waits++));

        Assert.Equal((40, 39), (attempts, waits));
    }

    [Fact]
    public void Retry_NotOnWindows_ThrowsAtOnce()
    {
        var attempts = 0;

        Assert.Throws<UnauthorizedAccessException>(
            () => SharedFile.Retry<bool>(() => throw new UnauthorizedAccessException($"{++attempts}"), onWindows: false, () => Assert.Fail("It waited.")));

        Assert.Equal(1, attempts);
    }

    [Fact]
    public void Retry_FileNotFound_ThrowsAtOnce() =>
        Assert.Throws<FileNotFoundException>(
            () => SharedFile.Retry<bool>(() => throw new FileNotFoundException(), onWindows: true, () => Assert.Fail("It waited.")));

    [Fact]
    public void ReadText_FileOpenForAppending_ReturnsItsText()
    {
        using var file = new FileStream(_folder["curve.csv"], FileMode.Create, FileAccess.ReadWrite, FileShare.Read, bufferSize: 0);
        file.Write("epoch\n"u8);

        Assert.Equal("epoch\n", SharedFile.ReadText(_folder["curve.csv"]));
    }

    [Fact]
    public void Replace_OpenFile_ReaderKeepsTheOldContent()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows rejects replacing an open file.");
        File.WriteAllText(_folder["a"], "old");
        File.WriteAllText(_folder["a.part"], "new");
        using var reader = new StreamReader(File.OpenRead(_folder["a"]));

        SharedFile.Replace(_folder["a.part"], _folder["a"]);

        Assert.Equal(("old", "new"), (reader.ReadToEnd(), File.ReadAllText(_folder["a"])));
    }

    [Fact]
    public void MoveFolder_NoTarget_MovesTheContent()
    {
        Directory.CreateDirectory(_folder["from"]);
        File.WriteAllText(_folder["from", "a"], "a");

        SharedFile.MoveFolder(_folder["from"], _folder["to"]);

        Assert.Equal("a", File.ReadAllText(_folder["to", "a"]));
        Assert.False(Directory.Exists(_folder["from"]));
    }
}
