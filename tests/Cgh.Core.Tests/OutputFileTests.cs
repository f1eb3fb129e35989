using System.Text;
using Cgh.Core.Files;
using Cgh.Tests;
using Xunit;

namespace Cgh.Core.Tests;

public sealed class OutputFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Write_Link_WritesTheFileThatItPointsTo()
    {
        File.WriteAllText(_folder["target.csv"], "old");
        File.CreateSymbolicLink(_folder["link.csv"], _folder["target.csv"]);

        OutputFile.Write(_folder["link.csv"], Text("new"));

        Assert.Equal("new", File.ReadAllText(_folder["target.csv"]));
        Assert.NotNull(new FileInfo(_folder["link.csv"]).LinkTarget);
    }

    [Fact]
    public void Write_EmptyFile_KeepsItAsPipesAndDevicesMustBe()
    {
        File.WriteAllText(_folder["empty.csv"], "");
        using var open = File.OpenRead(_folder["empty.csv"]);

        OutputFile.Write(_folder["empty.csv"], Text("new"));

        // Another file of that name would leave this one empty.
        Assert.Equal(3, open.Length);
    }

    [Theory]
    [InlineData("")]
    [InlineData("missing/out.csv")]
    public void Check_NoPlaceForAFile_IsRejected(string path) =>
        Assert.StartsWith(
            "--out: ", Assert.Throws<UserErrorException>(() => OutputFile.Check(_folder[path], "--out")).Message, StringComparison.Ordinal);

    private static Action<Stream> Text(string text) => stream => stream.Write(Encoding.UTF8.GetBytes(text));
}
