using System.CommandLine;
using Cgh.Core;
using Cgh.Core.Datasets;
using Cgh.Core.Files;
using Cgh.DataPrep.Subsets;

namespace Cgh.DataPrep.Commands;

/// <summary><c>subset</c>: creates a dataset of some of another dataset's images.</summary>
internal static class SubsetCommand
{
    private const string Description = """
        Creates a dataset that consists of some of the training images of another one. No pixel is copied: it holds their
        indices and the checksum of the dataset that has them, so it takes 8 bytes an image and is made at once. Use its
        name wherever a dataset is expected; it has label sets of its own.

        An index is the position of an image among the training images, from 0: line 1 of train/files.txt is image 0. The
        subset's images are in the order of the indices. A file of indices is one of
          .npy            any integer type, one dimension
          text            an index a line
          CSV             a table with a column 'index', such as learned_examples.csv

        The subset is tested on the dataset's validation images. With --test-indices it is tested on other training images
        instead, and runs also report their accuracy on the dataset's validation images, as 'original test'.

        --link also writes train/CLASS/ and val/CLASS/ with hard links to the source's files, for tools that read folders.

        Examples:
          Cgh.DataPrep subset demo --indices easy.csv --name demo-easy
          Cgh.DataPrep subset demo --indices easy.npy --test-indices easy-test.npy --name demo-easy
          Cgh.DataPrep subset imagenet --indices learned_examples.csv --name learned --link /data/learned
        """;

    public static Command Create()
    {
        var dataset = SharedOptions.Dataset();
        var indices = new Option<string>("--indices")
        {
            Description = "File with the indices of the training images.",
            Required = true,
            HelpName = "FILE",
        }.MustNotBeEmpty();
        var testIndices = new Option<string?>("--test-indices")
        {
            Description = "File with the indices of the test images, which are training images of the dataset too. Default: its validation images.",
            HelpName = "FILE",
        };
        var name = new Option<string>("--name") { Description = "Name of the subset.", Required = true };
        var link = new Option<string?>("--link")
        {
            Description = "Also write folders of hard links here. Must be new or empty, and on the file system of the source.",
            HelpName = "DIR",
        }.MustNotBeEmpty();
        var data = Cgh.Core.CommandLine.DataOption();
        var command = new Command("subset", Description) { dataset, indices, testIndices, name, link, data };
        command.SetAction((parse, cancellationToken) =>
        {
            var parent = SharedOptions.Folder(parse, dataset, data);
            var folder = Path.Combine(DataFolder.Resolve(parse.GetValue(data)).Datasets, CheckedName(parse.GetValue(name)!));
            return ProgressDisplay.RunAsync(progress => Run(
                parent, folder, parse.GetValue(indices)!, parse.GetValue(testIndices), parse.GetValue(link), progress, cancellationToken));
        });
        return command;
    }

    private static string Run(
        string parent,
        string folder,
        string indices,
        string? testIndices,
        string? link,
        IProgress<StageProgress> progress,
        CancellationToken cancellationToken)
    {
        using var dataset = Dataset.Open(parent);
        var images = dataset.Manifest.Train.Images;
        var train = IndexFile.Read(indices, images);
        var test = testIndices is null ? null : IndexFile.Read(testIndices, images);
        if (test is not null)
        {
            SubsetIndices.CheckDisjoint(train, test);
        }

        var request = new SubsetRequest
        {
            Name = Path.GetFileName(folder),
            Train = train.Indices,
            Test = test?.Indices,
            Origin = $"indices in {indices}{(testIndices is null ? "" : $", of test images in {testIndices}")}",
        };

        // The links come first: a subset must not exist if what was asked for with it is impossible.
        using var linked = link is null ? null : Link(link, dataset, request, progress, cancellationToken);
        Directory.CreateDirectory(Path.GetDirectoryName(folder)!);
        var info = Subset.Create(folder, dataset, request);
        linked?.Complete();
        if (linked is not null)
        {
            progress.Report(StageProgress.Of(
                $"{link}: hard links to {linked.Images} images of {linked.Classes} of the {dataset.Manifest.Classes.Count} classes."));
        }

        var tests = info.HasTest ? "of its training images" : "validation images";
        return $"{folder}: {info.Train} of the {images} training images of {dataset.Manifest.Name}, tested on {info.Test} {tests}";
    }

    private static LinkedFolder Link(
        string link, Dataset dataset, SubsetRequest request, IProgress<StageProgress> progress, CancellationToken cancellationToken)
    {
        var (root, train, test) = Subset.Flatten(dataset, request);
        return LinkedFolder.Stage(
            link,
            root,
            new Dictionary<Split, (Split From, int[] Positions)>
            {
                [Split.Train] = (Split.Train, train),
                [Split.Val] = test is null ? (Split.Val, [.. Enumerable.Range(0, root.Manifest.Val.Images)]) : (Split.Train, test),
            },
            progress,
            cancellationToken);
    }

    private static string CheckedName(string name) => DataFolder.IsName(name)
        ? name
        : throw UserErrorException.Usage(
            $"--name: '{UserText.Shortened(name)}' is not a valid name for a subset: use letters, digits, '.', '-' and '_'. "
            + "It is created beside the datasets.");
}
