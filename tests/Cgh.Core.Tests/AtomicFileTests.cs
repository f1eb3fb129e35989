using Cgh.Core.Files;
using Cgh.Tests;
using Xunit;

namespace Cgh.Core.Tests;

public sealed class AtomicFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void WriteText_FileExists_ReplacesItAndLeavesNoTemporaryFile()
    {
        var path = WriteFile("a.txt", "a longer old text");

        AtomicFile.WriteText(path, "new é");

        Assert.Equal("new é", File.ReadAllText(path));
        Assert.Equal([path], Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void Write_CallbackThrows_KeepsTheOldFileAndLeavesNoTemporaryFile()
    {
        var path = WriteFile("a.txt", "old");

        Assert.Throws<InvalidOperationException>(() => AtomicFile.Write(path, stream =>
        {
            stream.Write("half"u8);
            throw new InvalidOperationException("stop");
        }));

        Assert.Equal("old", File.ReadAllText(path));
        Assert.Equal([path], Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void Write_DiskFull_NamesTheRemedyInOneLine()
    {
        var path = _folder["a.txt"];

        var error = Assert.Throws<UserErrorException>(() => AtomicFile.Write(path, _ => throw new IOException("No space left on device\nat somewhere")));

        Assert.Equal($"Cannot write {path}: No space left on device. Free disk space or choose another folder, then rerun the command.", error.Message);
        Assert.Equal(1, error.ExitCode);
        Assert.Empty(Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void Write_TemporaryFileOfAKilledProcess_IsOverwritten()
    {
        var path = _folder["a.txt"];
        File.WriteAllText(AtomicFile.TemporaryPath(path), "leftover of a killed process, longer than the new text");

        AtomicFile.WriteText(path, "new");

        Assert.Equal("new", File.ReadAllText(path));
        Assert.Equal([path], Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public async Task Write_AnotherWritesTheSameFile_WaitsUntilThatIsWhole()
    {
        var path = _folder["a.txt"];
        using var begun = new SemaphoreSlim(0);
        using var released = new ManualResetEventSlim();
        var cancellationToken = TestContext.Current.CancellationToken;
        var first = Task.Run(
            () => AtomicFile.Write(path, stream =>
            {
                stream.Write("first, "u8);
                begun.Release();
                released.Wait(cancellationToken);
                stream.Write("the longer one"u8);
            }),
            cancellationToken);
        await begun.WaitAsync(cancellationToken);
        string? found = null;

        var second = Task.Run(
            () => AtomicFile.Write(path, stream =>
            {
                found = File.ReadAllText(path);
                stream.Write("second"u8);
            }),
            cancellationToken);
        Assert.NotSame(second, await Task.WhenAny(second, Task.Delay(200, cancellationToken)));
        released.Set();
        await Task.WhenAll(first, second);

        Assert.Equal(("first, the longer one", "second"), (found, await File.ReadAllTextAsync(path, cancellationToken)));
        Assert.Equal([path], Directory.GetFiles(_folder.Path));
    }

    // Locks belong to open files, so threads compete as processes do.
    [Fact]
    public async Task Write_ManyWriteTheSameFileAtOnce_AllSucceedAndItIsAlwaysWhole()
    {
        var path = _folder["a.txt"];
        var texts = Enumerable.Range(0, 8).Select(i => new string((char)('a' + i), 1000 * (i + 1))).ToHashSet();
        AtomicFile.WriteText(path, texts.First());
        var writing = Task.WhenAll(texts.Select(text => Task.Run(() =>
        {
            for (var i = 0; i < 10; i++)
            {
                AtomicFile.WriteText(path, text);
            }
        })));

        while (!writing.IsCompleted)
        {
            Assert.Contains(SharedFile.ReadText(path), texts);
        }

        await writing;
        Assert.Equal([path], Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void Write_FolderMissing_NamesTheFile()
    {
        var path = _folder["none", "a.txt"];

        var error = Assert.Throws<UserErrorException>(() => AtomicFile.WriteText(path, "new"));

        Assert.StartsWith($"Cannot write {path}: ", error.Message);
    }

    private string WriteFile(string name, string content)
    {
        File.WriteAllText(_folder[name], content);
        return _folder[name];
    }
}
