using Cgh.Core.Files;
using Cgh.Tests;
using Xunit;

namespace Cgh.Core.Tests;

public sealed class FileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void WholeFile_WriterFails_KeepsTheOldFileAndLeavesNoPart()
    {
        WholeFile.WriteText(_folder["a.txt"], "old");

        Assert.Throws<InvalidOperationException>(() => WholeFile.Write(_folder["a.txt"], stream =>
        {
            stream.Write("new"u8);
            throw new InvalidOperationException();
        }));

        Assert.Equal("old", File.ReadAllText(_folder["a.txt"]));
        Assert.Equal([_folder["a.txt"]], Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void WholeFile_FolderMissing_IsOneLineForTheUser()
    {
        var error = Assert.Throws<UserErrorException>(() => WholeFile.WriteText(_folder["none", "a.txt"], "x"));

        Assert.StartsWith($"Cannot write {_folder["none", "a.txt"]}: ", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Theory]
    [InlineData("demo", true)]
    [InlineData("noise-0.5-seed-0", true)]
    [InlineData("", false)]
    [InlineData(".hidden", false)]
    [InlineData("-option", false)]
    [InlineData("a/b", false)]
    [InlineData("a b", false)]
    public void IsName_Text_TellsFolderNamesFromOthers(string text, bool expected) => Assert.Equal(expected, DataFolder.IsName(text));

    [Fact]
    public void Dataset_NameOrPath_IsLookedForInTheDataFolderFirst()
    {
        var data = new DataFolder(_folder.Path);

        Assert.Equal(_folder["datasets", "demo"], data.Dataset("demo"));
        Assert.Equal("/elsewhere/demo", data.Dataset("/elsewhere/demo"));
        Assert.Equal(Path.GetFullPath("./demo"), data.Dataset("./demo"));
    }

    [Theory]
    [InlineData("rm4", " Did you mean 'rm3'?")]
    [InlineData("RM3", " Did you mean 'rm3'?")]
    [InlineData("adamw", " One of: sgd, ra3, rm3, m3.")]
    public void Suggest_GivenName_NamesTheNearestOrAll(string given, string expected) =>
        Assert.Equal(expected, NearestName.Suggest(given, ["sgd", "ra3", "rm3", "m3"]));

    public void Dispose() => _folder.Dispose();
}
