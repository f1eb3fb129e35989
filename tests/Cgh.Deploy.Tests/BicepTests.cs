namespace Cgh.Deploy.Tests;

/// <summary>The Bicep files compile, and what a user may get wrong is refused before anything is created.</summary>
public sealed class BicepTests : IDisposable
{
    private readonly BicepFiles _files = new();

    public void Dispose() => _files.Dispose();

    [Theory]
    [InlineData("registry.bicep")]
    [InlineData("main.bicep")]
    public async Task Build_EachTemplate_HasNoWarning(string file)
    {
        // With its modules.
        var template = await _files.CompileAsync(file);

        Assert.Equal("https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#", template["$schema"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("service.bicep", "terminationGracePeriodSeconds:", "terminationGraceSeconds:")]
    [InlineData("messaging.bicep", "additionalPortMappings:", "additionalPortMapping:")]
    public async Task Build_MisspeltProperty_IsFound(string file, string property, string misspelt)
    {
        _files.Replace(file, property, misspelt);

        var (_, _, diagnostics) = await _files.RunAsync(environment: null, "build", "main.bicep", "--stdout");

        Assert.Matches("Warning BCP0(37|89)", diagnostics);
    }

    [Fact]
    public async Task Format_EachFile_ChangesNothing()
    {
        var (exitCode, _, diagnostics) = await _files.RunAsync(environment: null, "format", "--pattern", "*.bicep*");

        Assert.Equal((0, ""), (exitCode, diagnostics));
        foreach (var file in Directory.GetFiles(Repository.Azure))
        {
            Assert.Equal(
                await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken),
                await File.ReadAllTextAsync(_files[Path.GetFileName(file)], TestContext.Current.CancellationToken));
        }
    }

    [Fact]
    public async Task Parameters_WithSecrets_AreSecure()
    {
        var template = await _files.CompileAsync("main.bicep");

        Assert.Equal(
            ["messagingConnection", "messagingManagement", "messagingPassword", "redisConnection", "redisPassword", "signInSecret"],
            template["parameters"]!.AsObject()
                .Where(parameter => parameter.Value!["type"]!.GetValue<string>() == "securestring")
                .Select(parameter => parameter.Key)
                .Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task ParameterFile_WithAndWithoutTheRequiredVariables_CompilesOrNamesThem()
    {
        var variables = new Dictionary<string, string>
        {
            ["TAG"] = "1",
            ["ALLOWED_ADDRESSES"] = "203.0.113.7/32,198.51.100.0/24",
            ["REDIS_PASSWORD"] = "one",
            ["MESSAGING_PASSWORD"] = "two",
        };

        var (exitCode, _, diagnostics) = await _files.RunAsync(variables, "build-params", "main.bicepparam", "--stdout");
        Assert.Equal((0, ""), (exitCode, diagnostics));

        (exitCode, _, diagnostics) = await _files.RunAsync(environment: null, "build-params", "main.bicepparam", "--stdout");
        Assert.Equal(1, exitCode);
        Assert.All(variables.Keys, variable => Assert.Contains($"\"{variable}\"", diagnostics, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("redisPassword must be set, unless redisConnection is", "redisPassword", "''")]
    [InlineData("messagingPassword must be set, unless messagingConnection is", "messagingPassword", "''")]
    [InlineData("messagingManagement must be set with messagingConnection", "messagingConnection", "'amqps://user:password@broker.example'")]
    public async Task Evaluate_SomethingMissing_IsRefusedWithItsName(string message, string parameter, string value)
    {
        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => Template.EvaluateAsync((parameter, value)));

        Assert.Contains(message, refused.Message, StringComparison.Ordinal);
    }
}
