using System.Diagnostics;
using System.Globalization;
using Cgh.Core;
using Cgh.Core.Datasets;
using Cgh.Core.Experiments;
using Cgh.Core.Files;
using Cgh.Core.Runs;
using Cgh.Core.Store;
using Cgh.Core.UpdateRules;
using Cgh.RunStore;
using Cgh.Tests;
using StackExchange.Redis;

namespace Cgh.Reliability;

/// <summary>The services under test, with small runs of four kinds and an uninterrupted reference run of each.</summary>
internal sealed class MeasuredServices : IAsyncDisposable
{
    // Different rules and seeds, so that mixed-up runs are detected.
    private static readonly string[] s_rules = ["rm3", "sgd", "m3", "ra3"];

    private const int DefaultImages = 256;

    private readonly Dictionary<string, RunFolder> _references = [];

    private MeasuredServices(SeparateServices services) => Services = services;

    public SeparateServices Services { get; }

    /// <summary>Starts Redis, RabbitMQ and DataPrep.</summary>
    /// <exception cref="UserErrorException">A server program is not installed.</exception>
    public static async Task<MeasuredServices> StartAsync(CancellationToken cancellationToken)
    {
        var services = await SeparateServices.StartAsync(RedisProgram(), RabbitMqProgram(), cancellationToken);
        try
        {
            await services.StartDataPrepAsync(cancellationToken);
            return new MeasuredServices(services);
        }
        catch
        {
            await services.DisposeAsync();
            throw;
        }
    }

    /// <summary>Path of the Redis server.</summary>
    /// <exception cref="UserErrorException">Redis is not installed.</exception>
    public static string RedisProgram() => ServerPrograms.Redis()
        ?? throw new UserErrorException("redis-server not found. Install it, or set CGH_REDIS_SERVER to its path.");

    /// <summary>Path of the RabbitMQ start script.</summary>
    /// <exception cref="UserErrorException">RabbitMQ is not installed.</exception>
    public static string RabbitMqProgram() => ServerPrograms.RabbitMq()
        ?? throw new UserErrorException("rabbitmq-server not found. Install Debian's package, or set CGH_RABBITMQ_SERVER to the start script.");

    /// <summary>Creates a recipe whose runs cycle through the four rules.</summary>
    /// <param name="name">Name of the recipe.</param>
    /// <param name="runs">Number of runs.</param>
    /// <param name="epochs">Epochs per run. Each ends with a checkpoint and an evaluation.</param>
    /// <param name="images">Number of training images, of which a step uses 16.</param>
    public static Recipe Recipe(string name, int runs, int epochs, int images = DefaultImages) => new()
    {
        Name = name,
        Dataset = new DatasetRequest
        {
            Name = $"images-{images}",
            Demo = new DemoImages { Classes = 8, Train = images, Test = images / 4, Side = 16, Seed = 1 },
        },
        Labels = [new LabelSetRequest { Name = "half-noise", Fraction = 0.5 }],
        Runs =
        [
            .. Enumerable.Range(0, runs).Select(index => new RunSpec
            {
                Name = $"{s_rules[index % s_rules.Length]}-{index:D2}",
                Dataset = $"images-{images}",
                Labels = "half-noise",
                Model = "resnet-small",
                Rule = RuleChoice.Parse(s_rules[index % s_rules.Length]),
                Seed = (uint)(index % s_rules.Length),
                Epochs = epochs,
                BatchSize = 16,
                LearningRate = 0.05,
                Threads = 1,
                Device = DeviceChoice.Cpu,
                LogEvery = 1,
                CheckpointMinutes = 0.01,
            }),
        ],
    };

    /// <summary>Submits a recipe to the services.</summary>
    /// <returns>Id of the experiment.</returns>
    public async Task<string> SubmitAsync(Recipe recipe, CancellationToken cancellationToken)
    {
        var file = Path.Combine(Services.Data.Root, $"{recipe.Name}.json");
        CghJson.Save(file, new { recipe.Name, recipe.Dataset, recipe.Labels, Runs = recipe.Runs.Select(run => WithoutDataset(run)) });
        var submitted = await Services.ClientAsync(cancellationToken, "submit", file, "--json");
        return submitted.ExitCode == 0
            ? System.Text.Json.JsonDocument.Parse(submitted.Output).RootElement.GetProperty("experiment").GetString()!
            : throw new InvalidOperationException($"submit exited with {submitted.ExitCode}: {submitted.Output}");
    }

    /// <summary>Prepares the dataset, so that no measurement includes it.</summary>
    public async Task PrepareAsync(CancellationToken cancellationToken, int images = DefaultImages)
    {
        var id = await SubmitAsync(Recipe("prepare", runs: 1, epochs: 1, images), cancellationToken);
        await WaitForEndAsync(id, TimeSpan.FromMinutes(5), cancellationToken);
    }

    /// <summary>Waits until an experiment has ended.</summary>
    public async Task<ExperimentState> WaitForEndAsync(string id, TimeSpan timeout, CancellationToken cancellationToken)
    {
        for (var began = Stopwatch.GetTimestamp(); ; await Task.Delay(500, cancellationToken))
        {
            var experiment = await ReadStoreAsync(store => store.FindExperimentAsync(id, cancellationToken));
            if (experiment is not null && experiment.Status.IsOver())
            {
                return experiment;
            }

            if (Stopwatch.GetElapsedTime(began) > timeout)
            {
                throw new TimeoutException(
                    $"{id} did not end within {timeout}; its status is {experiment?.Status}.{Environment.NewLine}{Services.Outputs()}");
            }
        }
    }

    /// <summary>Reads from the store; returns null while it is unavailable.</summary>
    public async Task<T?> ReadStoreAsync<T>(Func<IRunStore, Task<T?>> read)
        where T : class
    {
        try
        {
            return await read(Services.Store);
        }
        catch (Exception error) when (error is RedisException or TimeoutException)
        {
            return null;
        }
    }

    /// <summary>Lists the differences between a run and its uninterrupted reference run.</summary>
    public async Task<IReadOnlyList<string>> DifferencesAsync(RunId run, RunSpec spec, CancellationToken cancellationToken)
    {
        var state = await Services.Store.FindRunAsync(run, cancellationToken);
        if (state?.Status != RunStatus.Completed)
        {
            return [$"{run} is lost: {state?.Status.ToString() ?? "unknown to the store"} {state?.Error}"];
        }

        var record = Services.Folder(run).Load();
        var numbers = record.Attempts.Select(attempt => attempt.Number).ToArray();
        var expected = await ReferenceAsync(spec, cancellationToken);
        return
        [
            .. RunDifferences.Between(expected, Services.Folder(run)),
            .. await RunDifferences.WithStoreAsync(Services, run, expected).ToListAsync(cancellationToken),
            .. numbers.SequenceEqual(numbers.Distinct().Order()) ? (string[])[] : [$"{run}: attempts are numbered {string.Join(", ", numbers)}."],
            .. record.Attempts.Count(attempt => attempt.Status == RunStatus.Completed) == 1 ? (string[])[] : [$"{run} was completed more than once."],
        ];
    }

    /// <summary>Trains a run from the trainer's command line, without services, bus or store.</summary>
    public async Task TrainAsync(RunSpec spec, string folder, CancellationToken cancellationToken, int? processor = null)
    {
        var file = Path.Combine(Services.Data.Root, $"{Path.GetFileName(folder)}-{spec.Name}.json");
        CghJson.Save(file, spec);
        var trained = await Services.ClientAsync(processor, cancellationToken, "train", "--spec", file, "--out", folder);
        if (trained.ExitCode != 0)
        {
            throw new InvalidOperationException($"train exited with {trained.ExitCode}: {trained.Output}");
        }
    }

    public ValueTask DisposeAsync() => Services.DisposeAsync();

    /// <summary>Logs a line with the time to standard error.</summary>
    public static void Log(string line) => Console.Error.WriteLine($"{DateTime.Now.ToString("HH:mm:ss", CultureInfo.InvariantCulture)} {line}");

    private async Task<RunFolder> ReferenceAsync(RunSpec spec, CancellationToken cancellationToken)
    {
        var kind = $"{spec.Rule}-{spec.Seed}-{spec.Epochs}";
        if (!_references.TryGetValue(kind, out var known))
        {
            var folder = Path.Combine(Services.Data.Root, $"reference-{kind}");
            await TrainAsync(spec, folder, cancellationToken);
            _references[kind] = known = new ExperimentFolder(folder).Run(spec.Name);
        }

        return known;
    }

    // The runs of a recipe do not name the dataset.
    private static System.Text.Json.Nodes.JsonNode WithoutDataset(RunSpec run)
    {
        var node = System.Text.Json.JsonSerializer.SerializeToNode(run, CghJson.Line)!;
        node.AsObject().Remove("dataset");
        return node;
    }
}
