using Cgh.Core.Datasets;
using Cgh.Core.Experiments;
using Cgh.Core.Files;
using Cgh.Tests;
using Xunit;

namespace Cgh.Core.Tests;

public sealed class NamedSourceTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Resolve_FolderInTheDataFolder_IsTaken()
    {
        Directory.CreateDirectory(_folder["sources", "cifar10"]);
        File.WriteAllText(_folder["sources", "cifar10", "cifar-10-python.tar.gz"], "");

        Assert.Equal(_folder["sources", "cifar10"], Resolve("cifar10"));
    }

    [Theory]
    [InlineData("./cifar10")]
    [InlineData("/data/cifar10")]
    [InlineData("CIFAR10")]
    [InlineData("imagenet")]
    public void Resolve_AnythingElse_IsAPath(string path) => Assert.Equal(path, Resolve(path));

    [Fact]
    public void Resolve_EmptyFolder_SaysWhereToGetIt()
    {
        Directory.CreateDirectory(_folder["sources", "cifar10"]);

        var error = Assert.Throws<UserErrorException>(() => Resolve("cifar10"));

        Assert.Equal(
            (2, $"There is no 'cifar10' in {_folder["sources", "cifar10"]}. "
                + $"Download https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz to {_folder["sources", "cifar10"]}."),
            (error.ExitCode, error.Message));
    }

    [Fact]
    public void Resolve_FashionMnist_IsFoundWhereDebianInstallsItOrNamesThePackage()
    {
        var installed = NamedSource.Find("fashion-mnist")!.InstalledIn!;
        if (Directory.Exists(installed))
        {
            Assert.Equal(installed, Resolve("fashion-mnist"));
        }
        else
        {
            var error = Assert.Throws<UserErrorException>(() => Resolve("fashion-mnist"));
            Assert.StartsWith(
                $"There is no 'fashion-mnist' in {_folder["sources", "fashion-mnist"]} or {installed}. On Debian: apt install dataset-fashion-mnist. ",
                error.Message,
                StringComparison.Ordinal);
        }
    }

    [Fact]
    public void CountsOf_Selection_CountsWhatIsPacked()
    {
        var cifar100 = NamedSource.Find("cifar100")!;

        Assert.Equal(Counts(100, 50_000, 10_000), cifar100.CountsOf(new DatasetRequest()));
        Assert.Equal(Counts(20, 50_000, 10_000), cifar100.CountsOf(new DatasetRequest { Coarse = true }));
        Assert.Equal(Counts(10, 2000, 1000), cifar100.CountsOf(new DatasetRequest { Classes = 10, PerClass = 200 }));

        static DatasetCounts Counts(int classes, int train, int test) => new() { Classes = classes, Train = train, Test = test };
    }

    public void Dispose() => _folder.Dispose();

    private string Resolve(string source) => NamedSource.Resolve(source, new DataFolder(_folder.Path));
}
