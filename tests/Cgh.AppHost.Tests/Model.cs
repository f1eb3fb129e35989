using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Cgh.AppHost.Infrastructure;
using Cgh.Core.Files;

namespace Cgh.AppHost.Tests;

/// <summary>The laboratory's model, as it is composed from options, and how a test looks into it.</summary>
internal sealed class Model
{
    public const string Root = "/somewhere";

    private readonly IDistributedApplicationBuilder _builder;
    private Laboratory? _laboratory;

    private Model(IDistributedApplicationBuilder builder) => _builder = builder;

    public static LaboratoryOptions Valid { get; } = new()
    {
        Infrastructure = InfrastructureMode.Containers,
        Data = new DataFolder(Root),
        Access = new LaboratoryAccess("key", "instance", 6390, "password"),
    };

    public IEnumerable<string> Names => Visible.Select(resource => resource.Name);

    private IEnumerable<IResource> Visible =>
        // Aspire's own helpers, such as what rebuilds a project on demand.
        _builder.Resources.Where(resource => resource is not ParameterResource && !resource.Name.EndsWith("-rebuilder", StringComparison.Ordinal));

    public Laboratory Laboratory => _laboratory!;

    public IResource this[string name] => _builder.Resources.Single(resource => resource.Name == name);

    public static Model Of(LaboratoryOptions options, params string[] args)
    {
        var model = new Model(Builder(args));
        model._laboratory = Laboratory.Compose(model._builder, options);
        return model;
    }

    public static IDistributedApplicationBuilder Builder(params string[] args) =>
        DistributedApplication.CreateBuilder(new DistributedApplicationOptions
        {
            Args = args,
            AssemblyName = typeof(Laboratory).Assembly.GetName().Name,
            DisableDashboard = true,
        });

    public DistributedApplication Build() => _builder.Build();

    public IEnumerable<string> WaitsOf(string name) =>
        this[name].Annotations.OfType<WaitAnnotation>().Where(wait => wait.WaitType == WaitType.WaitUntilHealthy).Select(wait => wait.Resource.Name);

    public IEnumerable<EndpointAnnotation> EndpointsOf(string name) => this[name].Annotations.OfType<EndpointAnnotation>();

    public ContainerMountAnnotation MountOf(string name) => Assert.Single(this[name].Annotations.OfType<ContainerMountAnnotation>());

    public ContainerImageAnnotation ImageOf(string name) => Assert.Single(this[name].Annotations.OfType<ContainerImageAnnotation>());

    /// <summary>Names of the resource's health checks.</summary>
    public IEnumerable<string> HealthOf(string name) => this[name].Annotations.OfType<HealthCheckAnnotation>().Select(check => check.Key);

    /// <summary>The resource's environment; what is known only at run time as the expression that the manifest would show.</summary>
    public async Task<Dictionary<string, string>> EnvironmentOfAsync(string name)
    {
        var values = await RawEnvironmentOfAsync(name);
        return values.ToDictionary(variable => variable.Key, variable => Expression(variable.Value));
    }

    /// <summary>The resource's arguments, likewise.</summary>
    public async Task<List<string>> ArgumentsOfAsync(string name) => [.. (await RawArgumentsOfAsync(name)).Select(Expression)];

    public async Task<Dictionary<string, object>> RawEnvironmentOfAsync(string name)
    {
        var values = new Dictionary<string, object>();
        var context = new EnvironmentCallbackContext(_builder.ExecutionContext, this[name], values);
        foreach (var callback in this[name].Annotations.OfType<EnvironmentCallbackAnnotation>())
        {
            await callback.Callback(context);
        }

        return values;
    }

    public async Task<List<object>> RawArgumentsOfAsync(string name)
    {
        var values = new List<object>();
        var context = new CommandLineArgsCallbackContext(values, this[name]) { ExecutionContext = _builder.ExecutionContext };
        foreach (var callback in this[name].Annotations.OfType<CommandLineArgsCallbackAnnotation>())
        {
            await callback.Callback(context);
        }

        return values;
    }

    private static string Expression(object value) => value switch
    {
        string text => text,
        IManifestExpressionProvider provider => provider.ValueExpression,
        _ => value.ToString()!,
    };
}
