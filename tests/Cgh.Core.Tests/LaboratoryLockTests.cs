using Cgh.Core.Files;
using Cgh.Tests;
using Xunit;

namespace Cgh.Core.Tests;

public sealed class LaboratoryLockTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private DataFolder Data => new(_folder.Path);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Take_HeldByAnother_NamesItsProcessAndItsPages()
    {
        using var first = LaboratoryLock.Take(Data);
        first.Announce("http://localhost:5080");

        var error = Assert.Throws<UserErrorException>(() => LaboratoryLock.Take(Data));

        var holder = $"process {Environment.ProcessId} on {Environment.MachineName}";
        Assert.StartsWith($"{_folder.Path} is in use by the laboratory of {holder} since 20", error.Message);
        Assert.EndsWith(". Its pages are at http://localhost:5080. Stop that one, or choose another folder with --data.", error.Message);
    }

    [Fact]
    public void Take_OtherHasEnded_Succeeds()
    {
        LaboratoryLock.Take(Data).Dispose();

        LaboratoryLock.Take(Data).Dispose();
    }

    [Fact]
    public void Take_HoldersFileIsDamaged_SaysThatTheFolderIsInUse()
    {
        using var first = LaboratoryLock.Take(Data);
        File.WriteAllText(_folder[".laboratory.json"], "\0\0");

        var error = Assert.Throws<UserErrorException>(() => LaboratoryLock.Take(Data));

        Assert.Equal($"{_folder.Path} is in use by another laboratory. Stop that one, or choose another folder with --data.", error.Message);
    }

    [Fact]
    public void Take_OtherDataFolderWithTheSameExperiments_NamesTheExperiments()
    {
        var (one, two, shared) = (Create("one"), Create("two"), Create("shared"));
        using var first = LaboratoryLock.Take(new DataFolder(one) { Experiments = shared });

        var error = Assert.Throws<UserErrorException>(() => LaboratoryLock.Take(new DataFolder(two) { Experiments = shared }));

        Assert.StartsWith($"{shared} is in use by the laboratory of process ", error.Message);
        LaboratoryLock.Take(new DataFolder(two)).Dispose();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Take_ExperimentsOfAnotherDataFolder_NamesTheExperiments(bool ownerIsFirst)
    {
        var owner = new DataFolder(Create("one"));
        var guest = new DataFolder(Create("two")) { Experiments = ownerIsFirst ? owner.Experiments : Create("one/experiments") };
        using var first = LaboratoryLock.Take(ownerIsFirst ? owner : guest);

        var error = Assert.Throws<UserErrorException>(() => LaboratoryLock.Take(ownerIsFirst ? guest : owner));

        Assert.StartsWith($"{owner.Experiments} is in use by the laboratory of process ", error.Message);
    }

    [Fact]
    public void Take_ExperimentsAreTheDataFolder_Succeeds() => LaboratoryLock.Take(Data with { Experiments = Data.Root }).Dispose();

    [Fact]
    public void Take_ExperimentsAreNotMounted_DoesNotCreateThem()
    {
        using var held = LaboratoryLock.Take(new DataFolder(Create("one")) { Experiments = _folder["share"] });

        Assert.False(Directory.Exists(_folder["share"]));
    }

    private string Create(string name) => Directory.CreateDirectory(_folder[name]).FullName;
}
