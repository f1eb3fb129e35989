using System.Collections.Concurrent;
using System.Text.Json.Nodes;

namespace Cgh.Deploy.Tests;

/// <summary>Evaluates main.bicep without Azure.</summary>
internal static class Template
{
    private const string AnyId = "11111111-1111-1111-1111-111111111111";

    // Several tests look at the same resources, and the compiler takes a second or two of processor time.
    private static readonly ConcurrentDictionary<string, Lazy<Task<string>>> s_snapshots = new();

    private static IEnumerable<(string Name, string Value)> Defaults =>
    [
        ("tag", "'1'"),
        ("allowedAddresses", "['203.0.113.7/32']"),
        ("redisPassword", "'the-redis-password'"),
        ("messagingPassword", "'the messaging/password'"),
    ];

    /// <summary>The resources that a deployment would create, with expressions evaluated.</summary>
    /// <param name="parameters">Bicep expressions by parameter, over those that a deployment needs.</param>
    /// <exception cref="InvalidOperationException">The template refuses the parameters.</exception>
    public static async Task<AzureResources> EvaluateAsync(params (string Name, string Value)[] parameters)
    {
        var values = Defaults.Where(value => parameters.All(parameter => parameter.Name != value.Name)).Concat(parameters);
        var file = string.Join('\n', values.Select(value => $"param {value.Name} = {value.Value}").Prepend("using 'main.bicep'"));
        // Parsed each time: a node is not safe to read from several tests at once.
        return new AzureResources(JsonNode.Parse(await s_snapshots.GetOrAdd(file, _ => new(() => SnapshotAsync(file))).Value)!);
    }

    private static async Task<string> SnapshotAsync(string parameterFile)
    {
        using var files = new BicepFiles();
        await File.WriteAllTextAsync(files["test.bicepparam"], parameterFile);
        // Values of secure parameters are not evaluated, so here none is.
        foreach (var file in Directory.GetFiles(Repository.Azure, "*.bicep"))
        {
            await File.WriteAllLinesAsync(files[Path.GetFileName(file)], (await File.ReadAllLinesAsync(file)).Where(line => line != "@secure()"));
        }

        string[] target = ["--resource-group", "laboratory", "--location", "swedencentral", "--subscription-id", AnyId, "--tenant-id", AnyId];
        var (exitCode, _, diagnostics) = await files.RunAsync(environment: null, ["snapshot", "test.bicepparam", "--mode", "overwrite", .. target]);
        return exitCode == 0 ? await File.ReadAllTextAsync(files["test.snapshot.json"]) : throw new InvalidOperationException(diagnostics);
    }
}
