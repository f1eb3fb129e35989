using Cgh.Core.Files;
using Cgh.Tests;
using Xunit;

namespace Cgh.Core.Tests;

public sealed class DataFolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Resolve_Option_IsUsed() =>
        Assert.Equal(Path.GetFullPath("elsewhere"), DataFolder.Resolve("elsewhere").Root);

    [Theory]
    [InlineData(null)]
    [InlineData(" ")]
    public void Resolve_NoOption_UsesTheEnvironmentElseData(string? option) =>
        Assert.Equal(Path.GetFullPath(Environment.GetEnvironmentVariable(DataFolder.Variable) ?? "data"), DataFolder.Resolve(option).Root);

    [Fact]
    public void Resolve_DatasetsAndExperimentsVariables_OverrideTheDataFolder()
    {
        var before = (Environment.GetEnvironmentVariable(DataFolder.DatasetsVariable), Environment.GetEnvironmentVariable(DataFolder.ExperimentsVariable));
        try
        {
            Environment.SetEnvironmentVariable(DataFolder.DatasetsVariable, _folder["fast"]);
            Environment.SetEnvironmentVariable(DataFolder.ExperimentsVariable, null);
            var data = DataFolder.Resolve(_folder["data"]);
            Assert.Equal(
                (_folder["fast", "demo"], _folder["data", "experiments"], _folder["data", "sources"]),
                (data.Dataset("demo"), data.Experiments, data.Sources));

            Environment.SetEnvironmentVariable(DataFolder.ExperimentsVariable, "runs");
            Assert.Equal((_folder["fast"], Path.GetFullPath("runs/a")), (DataFolder.Resolve().Datasets, DataFolder.Resolve().Experiment("a")));
        }
        finally
        {
            Environment.SetEnvironmentVariable(DataFolder.DatasetsVariable, before.Item1);
            Environment.SetEnvironmentVariable(DataFolder.ExperimentsVariable, before.Item2);
        }
    }

    [Fact]
    public void Dataset_Name_IsInTheDataFolder() =>
        Assert.Equal(_folder["datasets", "demo"], new DataFolder(_folder.Path).Dataset("demo"));

    [Fact]
    public void Experiment_Path_IsThatPath() =>
        Assert.Equal(Path.GetFullPath("some/where"), new DataFolder(_folder.Path).Experiment("some/where"));

    [Fact]
    public void Dataset_NameOfAFolderInTheWorkingDirectory_PrefersTheDataFolder()
    {
        var data = new DataFolder(_folder.Path);
        var here = Directory.CreateDirectory($"cgh-here-{Guid.NewGuid():N}");
        try
        {
            Assert.Equal(here.FullName, data.Dataset(here.Name));

            Directory.CreateDirectory(Path.Combine(data.Datasets, here.Name));
            Assert.Equal(Path.Combine(data.Datasets, here.Name), data.Dataset(here.Name));
        }
        finally
        {
            here.Delete();
        }
    }

    [Theory]
    [InlineData("demo", true)]
    [InlineData("noise-0.5_seed-0", true)]
    [InlineData("_x", true)]
    [InlineData("", false)]
    [InlineData("..", false)]
    [InlineData(".hidden", false)]
    [InlineData("-rf", false)]
    [InlineData("a/b", false)]
    [InlineData("a b", false)]
    [InlineData("über", false)]
    public void IsName_AnyText_AcceptsOnlySafeFolderNames(string name, bool expected) => Assert.Equal(expected, DataFolder.IsName(name));

    [Theory]
    [InlineData("nul")]
    [InlineData("Con.json")]
    [InlineData("COM1")]
    [InlineData("lpt0.tar.gz")]
    [InlineData("sgd.")]
    public void IsName_ReservedOnWindows_IsRejectedThereOnly(string name)
    {
        Assert.False(DataFolder.IsName(name, onWindows: true));
        Assert.True(DataFolder.IsName(name, onWindows: false));
    }

    [Theory]
    [InlineData("null")]
    [InlineData("com")]
    [InlineData("com10")]
    [InlineData("console.json")]
    [InlineData("noise-0.5_seed-0")]
    public void IsName_SimilarToAReservedName_IsAccepted(string name) => Assert.True(DataFolder.IsName(name, onWindows: true));

    [Fact]
    public void IsName_LongerThan128Characters_IsRejected()
    {
        Assert.True(DataFolder.IsName(new string('a', 128)));
        Assert.False(DataFolder.IsName(new string('a', 129)));
    }
}
