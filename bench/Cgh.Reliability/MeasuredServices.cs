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

/// <summary>The services under measurement: small runs of four kinds, and what each is when nothing happens to it.</summary>
internal sealed class MeasuredServices : IAsyncDisposable
{
    /// <summary>Different rules and seeds, so that runs cannot be taken for one another.</summary>
    private static readonly string[] s_rules = ["rm3", "sgd", "m3", "ra3"];

    private const int FewImages = 256;

    private readonly Dictionary<string, RunFolder> _references = [];

    private MeasuredServices(SeparateServices services) => Services = services;

    public SeparateServices Services { get; }

    /// <exception cref="UserErrorException">A server's program is missing.</exception>
    public static async Task<MeasuredServices> StartAsync(CancellationToken cancellationToken)
    {
        var redis = ServerPrograms.Redis() ?? throw new UserErrorException("redis-server is missing: install it, or name it in CGH_REDIS_SERVER.");
        var rabbitMq = ServerPrograms.RabbitMq() ?? throw new UserErrorException("rabbitmq-server is missing: install Debian's package, or name its start script in CGH_RABBITMQ_SERVER.");
        var services = await SeparateServices.StartAsync(redis, rabbitMq, cancellationToken);
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

    /// <summary>A recipe of runs that take the four rules in turn.</summary>
    /// <param name="name">Of the experiment.</param>
    /// <param name="runs">How many.</param>
    /// <param name="epochs">Of each.</param>
    /// <param name="images">Of the dataset: an epoch has a step for every 16, and ends with a checkpoint and an evaluation.</param>
    public static Recipe Recipe(string name, int runs, int epochs, int images = FewImages) => new()
    {
        Name = name,
        Dataset = new DatasetRequest { Name = $"images-{images}", Demo = new DemoImages { Classes = 8, Train = images, Test = images / 4, Side = 16, Seed = 1 } },
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

    /// <summary>Hands a recipe to the services.</summary>
    /// <returns>The experiment's id.</returns>
    public async Task<string> SubmitAsync(Recipe recipe, CancellationToken cancellationToken)
    {
        var file = Path.Combine(Services.Data.Root, $"{recipe.Name}.json");
        CghJson.Save(file, new { recipe.Name, recipe.Dataset, recipe.Labels, Runs = recipe.Runs.Select(run => WithoutDataset(run)) });
        var submitted = await Services.ClientAsync(cancellationToken, "submit", file, "--json");
        return submitted.ExitCode == 0
            ? System.Text.Json.JsonDocument.Parse(submitted.Output).RootElement.GetProperty("experiment").GetString()!
            : throw new InvalidOperationException($"submit ended with {submitted.ExitCode}: {submitted.Output}");
    }

    /// <summary>Makes the dataset, so that no measurement has it in it.</summary>
    public async Task PrepareAsync(CancellationToken cancellationToken, int images = FewImages)
    {
        var id = await SubmitAsync(Recipe("prepare", runs: 1, epochs: 1, images), cancellationToken);
        await WaitForEndAsync(id, TimeSpan.FromMinutes(5), cancellationToken);
    }

    /// <summary>Waits until nothing of an experiment is under way.</summary>
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
                throw new TimeoutException($"{id} was not over within {timeout}; it is {experiment?.Status}.{Environment.NewLine}{Services.Outputs()}");
            }
        }
    }

    /// <summary>Looks into the store; null while it is away.</summary>
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

    /// <summary>What is not as it would be had nothing happened to the run; nothing when all is well.</summary>
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

    /// <summary>The same run from the trainer's command line: no service, no bus, no store.</summary>
    public async Task TrainAsync(RunSpec spec, string folder, CancellationToken cancellationToken, int? processor = null)
    {
        var file = Path.Combine(Services.Data.Root, $"{Path.GetFileName(folder)}-{spec.Name}.json");
        CghJson.Save(file, spec);
        var trained = await Services.ClientAsync(processor, cancellationToken, "train", "--spec", file, "--out", folder);
        if (trained.ExitCode != 0)
        {
            throw new InvalidOperationException($"train ended with {trained.ExitCode}: {trained.Output}");
        }
    }

    public ValueTask DisposeAsync() => Services.DisposeAsync();

    public static void Log(string line) => Console.Error.WriteLine($"{DateTime.Now.ToString("HH:mm:ss", CultureInfo.InvariantCulture)} {line}");

    private async Task<RunFolder> ReferenceAsync(RunSpec spec, CancellationToken cancellationToken)
    {
        var kind = $"{spec.Rule}-{spec.Seed}-{spec.Epochs}";
        if (!_references.TryGetValue(kind, out var known))
        {
            var folder = Path.Combine(Services.Data.Root, $"undisturbed-{kind}");
            await TrainAsync(spec, folder, cancellationToken);
            _references[kind] = known = new ExperimentFolder(folder).Run(spec.Name);
        }

        return known;
    }

    // A recipe names its dataset once, for all runs.
    private static System.Text.Json.Nodes.JsonNode WithoutDataset(RunSpec run)
    {
        var node = System.Text.Json.JsonSerializer.SerializeToNode(run, CghJson.Line)!;
        node.AsObject().Remove("dataset");
        return node;
    }
}
