using Cgh.Core.Datasets;
using Cgh.Core.Files;
using Cgh.Core.Numpy;
using Cgh.Tests;
using Xunit;

namespace Cgh.Core.Tests;

public sealed class PlantedLabelsTests : IDisposable
{
    private const int Images = 2000;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Create_PlantedInNoisyLabels_ChangesTheShareToOtherClassesAtOtherExamples()
    {
        using var dataset = MakeDataset(classes: 4);
        var noisy = LabelSet.Create(dataset, fraction: 0.5, seed: 0);

        var planted = LabelSet.Create(dataset, new LabelSetRequest { Kind = LabelNoiseKind.Plant, From = noisy.Info.Name, Fraction = 0.1, Seed = 0 });

        var changed = Enumerable.Range(0, Images).Where(i => planted.Labels[i] != noisy.Labels[i]).ToArray();
        Assert.Equal("noise-0.5-seed-0-plant-0.1-seed-0", planted.Info.Name);
        Assert.Equal(changed.Length, planted.Info.Chosen);
        Assert.InRange(changed.Length, 160, 240);
        var original = dataset.OriginalLabels(Split.Train);
        Assert.InRange(changed.Count(i => noisy.Labels[i] != original[i]) / (double)changed.Length, 0.25, 0.5);
        Assert.Equal([1, 2, 3], changed.Select(i => (planted.Labels[i] - noisy.Labels[i] + 4) % 4).Distinct().Order());
    }

    [Fact]
    public void Plant_SmallAndMissingClasses_GetNoErrors()
    {
        // 100 of classes 0 and 2, 9 of class 1, none of class 3.
        long[] labels = [.. Enumerable.Range(0, 209).Select(i => i < 100 ? 0L : i < 200 ? 2 : 1)];

        var planted = LabelNoise.Plant(labels, labels, classes: 4, fraction: 1, seed: 0).Labels;

        Assert.All(planted[..100], label => Assert.Equal(2, label));
        Assert.All(planted[100..200], label => Assert.Equal(0, label));
        Assert.All(planted[200..], label => Assert.Contains(label, new long[] { 0, 2 }));
    }

    [Fact]
    public void Load_Planted_EqualsWhatWasCreated()
    {
        using var dataset = MakeDataset(classes: 4);
        var created = LabelSet.Create(dataset, new LabelSetRequest { Kind = LabelNoiseKind.Plant, Fraction = 0.1, Seed = 3 });

        var loaded = dataset.Labels("plant-0.1-seed-3");

        Assert.Equal(created.Labels, loaded.Labels);
        Assert.Equal(LabelSet.Original, loaded.Info.From);
    }

    [Fact]
    public void Create_AnotherSourceWithTheSameName_IsRefused()
    {
        using var dataset = MakeDataset(classes: 4);
        var noisy = LabelSet.Create(dataset, fraction: 0.5, seed: 0);
        LabelSet.Create(dataset, new LabelSetRequest { Name = "p", Kind = LabelNoiseKind.Plant, Fraction = 0.1 });

        var error = Assert.Throws<UserErrorException>(() => LabelSet.Create(
            dataset, new LabelSetRequest { Name = "p", Kind = LabelNoiseKind.Plant, From = noisy.Info.Name, Fraction = 0.1 }));

        Assert.Contains("already exists", error.Message);
    }

    [Fact]
    public void Load_SourceThatWasModified_IsRefused()
    {
        using var dataset = MakeDataset(classes: 4);
        var noisy = LabelSet.Create(dataset, fraction: 0.5, seed: 0);
        var planted = LabelSet.Create(dataset, new LabelSetRequest { Kind = LabelNoiseKind.Plant, From = noisy.Info.Name, Fraction = 0.1 });
        File.Delete(LabelSet.InfoPath(dataset.Folder, noisy.Info.Name));
        LabelSet.Create(dataset, fraction: 0.5, seed: 1, noisy.Info.Name);

        Assert.Contains("was modified", Assert.Throws<UserErrorException>(() => dataset.Labels(planted.Info.Name)).Message);
    }

    [Fact]
    public void Load_LabelSetsMadeFromEachOther_IsRefusedInALine()
    {
        using var dataset = MakeDataset(classes: 4);
        var planted = LabelSet.Create(dataset, new LabelSetRequest { Name = "p", Kind = LabelNoiseKind.Plant, Fraction = 0.1 });
        CghJson.Save(LabelSet.InfoPath(dataset.Folder, "p"), planted.Info with { From = "p" });

        Assert.Contains("made from more than 16 others, or from itself", Assert.Throws<UserErrorException>(() => dataset.Labels("p")).Message);
    }

    [Fact]
    public void Create_OneClass_SaysWhy()
    {
        using var dataset = MakeDataset(classes: 1);

        var error = Assert.Throws<UserErrorException>(() => LabelSet.Create(dataset, new LabelSetRequest { Kind = LabelNoiseKind.Plant, Fraction = 0.1 }));

        Assert.Equal("Errors cannot be planted in a dataset of one class: there is no other label. Use a dataset of two or more.", error.Message);
    }

    [Fact]
    public void Validate_FromWithAnotherKind_IsRefused() => Assert.Equal(
        "from applies only to kind plant. Remove it or change the kind.",
        new LabelSetRequest { Kind = LabelNoiseKind.Uniform, From = "a", Fraction = 0.1 }.WithDefaults().Validate());

    private Dataset MakeDataset(int classes)
    {
        var folder = _folder["dataset"];
        foreach (var split in Enum.GetValues<Split>())
        {
            Directory.CreateDirectory(Dataset.SplitFolder(folder, split));
        }

        NpyFile.WriteInt64(Dataset.LabelsPath(folder, Split.Train), Enumerable.Range(0, Images).Select(i => (long)(i % classes)).ToArray());
        NpyFile.WriteInt64(Dataset.LabelsPath(folder, Split.Val), Array.Empty<long>());
        CghJson.Save(Path.Combine(folder, DatasetManifest.FileName), new DatasetManifest
        {
            Name = "dataset",
            Classes = [.. Enumerable.Range(0, classes).Select(i => $"class-{i}")],
            Side = 8,
            ShortSide = 8,
            Train = new SplitInfo(Images, [new ShardInfo("images-00000.npy", Images, "")], []),
            Val = new SplitInfo(0, [], []),
        });
        return Dataset.Open(folder);
    }
}
