using System.Globalization;
using System.Text.RegularExpressions;

namespace Cgh.Deploy.Tests;

/// <summary>The commands and figures of docs/azure.md fit the templates, the Dockerfiles and compose.yaml.</summary>
public sealed partial class DocumentationTests : IDisposable
{
    private readonly BicepFiles _files = new();
    private readonly string _page = Repository.Read("docs/azure.md");

    public void Dispose() => _files.Dispose();

    [Fact]
    public async Task ImageCommands_EachService_BuildItsDockerfileWithArgumentsThatItHas()
    {
        var resources = await Template.EvaluateAsync();
        var built = ImageCommand().Matches(_page).ToDictionary(command => command.Groups["image"].Value);

        Assert.Equal(["dashboard", "dataprep", "trainer"], built.Keys.Order(StringComparer.Ordinal));
        foreach (var (image, command) in built)
        {
            Assert.Equal($"deploy/{image}.Dockerfile", command.Groups["file"].Value);
            Assert.Contains($"/{image}:{{1}}', ", resources.Container(image)["image"]!.GetValue<string>(), StringComparison.Ordinal);
            var dockerfile = Repository.Read(command.Groups["file"].Value);
            Assert.All(command.Groups["argument"].Captures, argument => Assert.Contains($"ARG {argument.Value}=", dockerfile, StringComparison.Ordinal));
            Assert.Contains("EXPOSE 8080", dockerfile, StringComparison.Ordinal);
        }

        Assert.Equal("TORCH_BACKEND", Assert.Single(built["trainer"].Groups["argument"].Captures).Value);
    }

    [Fact]
    public void Variables_ThatTheParameterFileReads_AreThoseThatThePageSets()
    {
        var read = EnvironmentVariable().Matches(Repository.Read("deploy/azure/main.bicepparam")).Select(variable => variable.Groups[1].Value);
        // The last section deploys Aspire's model, which has settings of its own.
        var set = Export().Matches(_page.Split("## With Aspire")[0])
            .SelectMany(export => Assignment().Matches(export.Value))
            .Select(assignment => assignment.Groups[1].Value);

        Assert.Equal(read.Order(StringComparer.Ordinal), set.Distinct().Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Names_InCommandsAndTables_ExistInTheTemplates()
    {
        var main = await _files.CompileAsync("main.bicep");
        var registry = await _files.CompileAsync("registry.bicep");
        var resources = await Template.EvaluateAsync();

        Assert.Equal(["registry", "storageAccount"], Output().Matches(_page).Select(output => output.Groups[1].Value).Order(StringComparer.Ordinal));
        Assert.NotNull(registry["outputs"]!["registry"]);
        Assert.NotNull(main["outputs"]!["storageAccount"]);
        foreach (var parameter in new[] { "redisConnection", "messagingConnection", "messagingManagement", "minWorkers", "exposeManagement" })
        {
            Assert.Contains($"`{parameter}", _page, StringComparison.Ordinal);
            Assert.NotNull(main["parameters"]![parameter]);
        }

        var shares = resources.OfType("Microsoft.Storage/storageAccounts/fileServices/shares")
            .Select(share => share["name"]!.GetValue<string>().Split('/')[^1]);
        Assert.Equal(["datasets", "experiments", "redis"], shares.Order(StringComparer.Ordinal));
        Assert.Contains("--destination datasets ", _page, StringComparison.Ordinal);
        Assert.Contains("--source experiments ", _page, StringComparison.Ordinal);
        Assert.All(File().Matches(_page), file => Assert.True(Path.Exists(Repository.Path(file.Value)), $"There is no {file.Value}."));
    }

    [Theory]
    [InlineData("None", "2 vCPU, 4 GiB; with a T4", "each `trainer` without a GPU | ")]
    [InlineData("T4", "with a T4 8 vCPU, 56 GiB", "each `trainer` on a T4 | ")]
    [InlineData("A100", "with an A100 24 vCPU, 220 GiB", "each `trainer` on an A100 | ")]
    public async Task Figures_OfATrainer_AreItsSizeAndWhatItCosts(string gpu, string size, string row)
    {
        var given = (await Template.EvaluateAsync(("gpu", $"'{gpu}'"))).Container("trainer")["resources"]!;
        var cores = given["cpu"]!.GetValue<double>();
        var memory = double.Parse(given["memory"]!.GetValue<string>()[..^2], CultureInfo.InvariantCulture);

        Assert.Contains(size, _page, StringComparison.Ordinal);
        Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"{cores} vCPU, {memory} GiB"), size, StringComparison.Ordinal);
        var dollars = 3600 * ((cores * 0.000024) + (memory * 0.000003));
        Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"{row}{dollars:0.00}"), _page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Compose_HasTheSameImagesAndConnections()
    {
        var resources = await Template.EvaluateAsync();
        var compose = Repository.Read("deploy/compose.yaml");

        foreach (var server in new[] { "redis", "messaging" })
        {
            var image = resources.Container(server)["image"]!.GetValue<string>()["docker.io/library/".Length..];
            Assert.Contains($"image: {image}\n", compose, StringComparison.Ordinal);
        }

        foreach (var service in new[] { "dashboard", "dataprep", "trainer" })
        {
            Assert.Contains($"dockerfile: deploy/{service}.Dockerfile\n", compose, StringComparison.Ordinal);
            Assert.All(resources.SecretVariables(service), variable => Assert.Contains($" {variable}: ", compose, StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Packages_ThatPlatformsSaysAreUsed_AreReferenced()
    {
        var versions = Repository.Read("Directory.Packages.props");
        var section = Repository.Read("docs/platforms.md").Split("## Packages")[1];
        var rows = section.Split('\n').Where(line => line.StartsWith("| `", StringComparison.Ordinal)).ToList();

        Assert.Equal(6, rows.Count);
        foreach (var columns in rows.Select(row => row.Split('|')))
        {
            var isUsed = columns[2].StartsWith(" used", StringComparison.Ordinal);
            // Others bring Aspire.Hosting.
            var names = (isUsed ? columns[1] + columns[2] : columns[2]).Replace("`Aspire.Hosting`", "", StringComparison.Ordinal);
            var packages = Package().Matches(names)
                .Select(name => name.Groups[1].Value)
                .Where(name => !name.StartsWith("Cgh.", StringComparison.Ordinal))
                .ToList();
            Assert.NotEmpty(packages);
            Assert.All(packages, package => Assert.Contains($"Include=\"{package}\"", versions, StringComparison.Ordinal));
        }
    }

    [GeneratedRegex(
        @"^az acr build --registry \$REGISTRY --image (?<image>\w+):\$TAG +--file (?<file>\S+)( --build-arg (?<argument>\w+)=\w+)* \.$",
        RegexOptions.Multiline)]
    private static partial Regex ImageCommand();

    [GeneratedRegex(@"`([A-Za-z][\w.-]+)`")]
    private static partial Regex Package();

    [GeneratedRegex(@"readEnvironmentVariable\('(\w+)'")]
    private static partial Regex EnvironmentVariable();

    [GeneratedRegex(@"^export .+$", RegexOptions.Multiline)]
    private static partial Regex Export();

    [GeneratedRegex(@"\b([A-Z_]{3,})=")]
    private static partial Regex Assignment();

    [GeneratedRegex(@"properties\.outputs\.(\w+)\.value")]
    private static partial Regex Output();

    [GeneratedRegex(@"\b(deploy|tests)/[\w./-]*\w")]
    private static partial Regex File();
}
