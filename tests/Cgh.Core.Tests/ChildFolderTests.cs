using Cgh.Core.Files;
using Cgh.Tests;
using Xunit;

namespace Cgh.Core.Tests;

public sealed class ChildFolderTests : IDisposable
{
    private readonly TemporaryFolder _temporary = new();

    public void Dispose() => _temporary.Dispose();

    [Fact]
    public void Create_InAFolder_CreatesItOnce()
    {
        ChildFolder.Create(_temporary["run"]);
        ChildFolder.Create(_temporary["run/"]);

        Assert.True(Directory.Exists(_temporary["run"]));
    }

    [Fact]
    public void Create_WithoutTheFolderAbove_NamesItAndCreatesNothing()
    {
        var error = Assert.Throws<DirectoryNotFoundException>(() => ChildFolder.Create(_temporary["share/run"]));

        Assert.Equal($"{_temporary["share"]} does not exist. If it is on a network share, mount the share.", error.Message);
        Assert.False(Directory.Exists(_temporary["share"]));
    }

    [Fact]
    public void Take_LockOfAFolderWhoseShareIsNotMounted_CreatesNothing()
    {
        Assert.Throws<UserErrorException>(() => FolderLock.Take(_temporary["share/labels"]));

        Assert.False(Directory.Exists(_temporary["share"]));
    }
}
