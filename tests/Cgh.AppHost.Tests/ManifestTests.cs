using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Cgh.Tests;

namespace Cgh.AppHost.Tests;

/// <summary>The manifest that the program itself writes, as Aspire's and Azure's tools call it.</summary>
public sealed class ManifestTests : IDisposable
{
    private static readonly JsonSerializerOptions s_indented = new() { WriteIndented = true };

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("Containers")]
    [InlineData("Existing")]
    public async Task Manifest_OfEachModeThatCanBeDeployed_IsAsExpected(string mode)
    {
        var manifest = await PublishAsync("--Infrastructure:Mode", mode, "--Trainers:Replicas", "3");

        var expected = Path.Combine(AppContext.BaseDirectory, "Expected", $"manifest-{mode.ToLowerInvariant()}.json");
        Assert.Equal(
            JsonNode.Parse(await File.ReadAllTextAsync(expected, TestContext.Current.CancellationToken))!.ToJsonString(s_indented),
            WhatMatters(manifest).ToJsonString(s_indented));
    }

    [Fact]
    public async Task Manifest_OfAModeThatCannotBeDeployed_IsOneLineOfError()
    {
        var (code, error) = await RunAsync("--publisher", "manifest", "--output-path", _folder["manifest.json"], "--Infrastructure:Mode", "Executables");

        Assert.Equal(1, code);
        Assert.Equal("Infrastructure:Mode must be Containers or Existing to publish (it is Executables): programs of this machine are not deployed.", error);
        Assert.False(File.Exists(_folder["manifest.json"]));
    }

    [Theory]
    [InlineData("publish")]
    [InlineData("deploy")]
    [InlineData("destroy")]
    public async Task Publish_WithoutATarget_IsOneLineOfErrorAndWritesNothing(string step)
    {
        var (code, error) = await RunAsync("--operation", "publish", "--step", step, "--output-path", _folder["artifacts"]);

        Assert.Equal(1, code);
        Assert.Equal(
            $"aspire {step} has no target in this build. Deploy deploy/azure/main.bicep, or set Azure=true in the environment (docs/azure.md); "
            + "`aspire do publish-manifest` writes the manifest.",
            error);
        Assert.False(Directory.Exists(_folder["artifacts"]));
    }

    [Fact]
    public async Task PublishManifest_AsAStep_WritesIt()
    {
        Assert.Equal((0, ""), await RunAsync("--operation", "publish", "--step", "publish-manifest", "--output-path", _folder["manifest.json"]));

        Assert.True(File.Exists(_folder["manifest.json"]));
    }

    [Fact]
    public async Task Run_RecipeThatIsNotThere_StartsNothing()
    {
        var (code, error) = await RunAsync("run", _folder["missing.json"]);

        Assert.Equal(2, code);
        Assert.StartsWith("No recipe at ", error, StringComparison.Ordinal);
    }

    private async Task<JsonNode> PublishAsync(params string[] settings)
    {
        var (code, error) = await RunAsync(["--publisher", "manifest", "--output-path", _folder["manifest.json"], .. settings]);
        Assert.Equal((0, ""), (code, error));
        return JsonNode.Parse(await File.ReadAllTextAsync(_folder["manifest.json"], TestContext.Current.CancellationToken))!;
    }

    private async Task<(int Code, string Error)> RunAsync(params string[] args)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(Laboratory).Assembly.Location, .. args])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = _folder.Path,
        };
        start.Environment.Remove("CGH_DATA");
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var error = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await output;
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, error.Trim());
    }

    // Types, images, Dockerfiles, arguments, mounts, bindings, and the environment that the laboratory reads; not what Aspire adds
    // for itself, nor names that hash a path of this machine.
    private static JsonObject WhatMatters(JsonNode manifest)
    {
        var kept = new JsonObject();
        foreach (var (name, resource) in manifest["resources"]!.AsObject())
        {
            if (resource!["type"]!.GetValue<string>() is not ("container.v0" or "container.v1" or "parameter.v0"))
            {
                continue;
            }

            var dockerfile = resource["build"]?["dockerfile"]?.GetValue<string>();
            kept[name] = new JsonObject(new Dictionary<string, JsonNode?>
            {
                ["type"] = resource["type"]!.DeepClone(),
                ["image"] = resource["image"]?.DeepClone(),
                ["dockerfile"] = dockerfile is null ? null : $"{Path.GetFileName(Path.GetDirectoryName(dockerfile))}/{Path.GetFileName(dockerfile)}",
                ["args"] = resource["args"]?.DeepClone(),
                ["secret"] = resource["inputs"]?["value"]?["secret"]?.DeepClone(),
                ["mounts"] = resource["volumes"] is JsonArray volumes ? new JsonArray([.. volumes.Select(volume => volume!["target"]!.DeepClone())]) : null,
                ["bindings"] = resource["bindings"]?.DeepClone(),
                ["env"] = resource["env"] is JsonObject environment ? OursOf(environment) : null,
            }.Where(property => property.Value is not null));
        }

        return kept;
    }

    private static JsonObject OursOf(JsonObject environment)
    {
        string[] prefixes = ["ConnectionStrings__", "CGH_", "RABBITMQ_", "CUDA_", "DOTNET_", "HTTP_PORTS"];
        return new JsonObject(environment
            .Where(variable => prefixes.Any(prefix => variable.Key.StartsWith(prefix, StringComparison.Ordinal)))
            .Select(variable => KeyValuePair.Create(variable.Key, variable.Value?.DeepClone())));
    }
}
