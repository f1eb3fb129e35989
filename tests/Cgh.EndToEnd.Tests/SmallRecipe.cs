using System.Globalization;

namespace Cgh.EndToEnd.Tests;

/// <summary>A recipe whose runs take a few seconds, long enough to be interrupted.</summary>
internal static class SmallRecipe
{
    /// <summary>At least 5 seconds: a client command takes 1 second to arrive, and progress is reported twice a second.</summary>
    public const int Epochs = 40;

    /// <summary>Name of the larger dataset.</summary>
    public const string LargerDatasetName = "larger";

    private const string Dataset = """{ "name": "small", "demo": { "classes": 8, "train": 256, "test": 64, "side": 16, "seed": 1 } }""";
    private const string LargerDataset =
        $$"""{ "name": "{{LargerDatasetName}}", "demo": { "classes": 8, "train": 20000, "test": 64, "side": 32, "seed": 1 } }""";

    /// <summary>For a run that nothing happens to while it trains.</summary>
    public const int FewEpochs = 4;

    /// <summary>A recipe whose dataset has more images, which takes a few seconds to make.</summary>
    public static string WithLargerDataset(string name) => Text(name).Replace(Dataset, LargerDataset, StringComparison.Ordinal);

    /// <param name="name">Name of the recipe.</param>
    /// <param name="epochs">Epochs of 16 steps.</param>
    /// <param name="priority">0 to 9.</param>
    /// <param name="runs">Names of the runs; each is RM3, whose state a checkpoint must hold.</param>
    public static string Text(string name = "small", int epochs = Epochs, int priority = 4, params string[] runs) => string.Create(
        CultureInfo.InvariantCulture,
        $$"""
        {
          "name": "{{name}}",
          "priority": {{priority}},
          "dataset": {{Dataset}},
          "labels": [{ "name": "half-noise", "fraction": 0.5, "seed": 0 }],
          "defaults": { "labels": "half-noise", "model": "resnet-small", "rule": "rm3", "epochs": {{epochs}}, "batchSize": 16, "learningRate": 0.05,
                        "threads": 1, "device": "cpu", "logEvery": 1, "checkpointMinutes": 0.01 },
          "runs": [{{string.Join(", ", (runs.Length == 0 ? ["rm3"] : runs).Select(run => $$"""{ "name": "{{run}}" }"""))}}]
        }
        """);
}
