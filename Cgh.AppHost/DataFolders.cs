using Cgh.AppHost.Infrastructure;
using Cgh.Core.Files;

namespace Cgh.AppHost;

/// <summary>
/// The folders shared by all services, as parameters that the Aspire dashboard shows; set with <c>Parameters:datasets</c> and
/// <c>Parameters:experiments</c>. They must be shared so that another trainer can resume the run of one that died.
/// </summary>
internal sealed class DataFolders
{
    /// <summary>Mount path of the shares in deployed containers.</summary>
    public const string InContainers = "/data";

    private readonly DataFolder _data;
    private readonly IResourceBuilder<ParameterResource>? _datasets;
    private readonly IResourceBuilder<ParameterResource>? _experiments;

    public DataFolders(IDistributedApplicationBuilder builder, LaboratoryOptions options)
    {
        _data = options.Data;
        // A single process shares its folders with no other.
        if (builder.ExecutionContext.IsRunMode && options.Infrastructure != InfrastructureMode.Embedded)
        {
            _datasets = builder.AddParameter("datasets", _data.Datasets);
            _experiments = builder.AddParameter("experiments", _data.Experiments);
        }
    }

    public void AddTo<T>(IResourceBuilder<T> service)
        where T : IResourceWithEnvironment
    {
        if (service.ApplicationBuilder.ExecutionContext.IsPublishMode)
        {
            // In containers both folders are mounted under one path.
            service.WithEnvironment(DataFolder.Variable, InContainers);
            return;
        }

        service.WithEnvironment(DataFolder.Variable, _data.Root);
        if (_datasets is null || _experiments is null)
        {
            service.WithEnvironment(DataFolder.DatasetsVariable, _data.Datasets).WithEnvironment(DataFolder.ExperimentsVariable, _data.Experiments);
        }
        else
        {
            service.WithEnvironment(DataFolder.DatasetsVariable, _datasets).WithEnvironment(DataFolder.ExperimentsVariable, _experiments);
        }
    }
}
