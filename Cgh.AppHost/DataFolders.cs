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

    public DataFolders(IDistributedApplicationBuilder builder, DataFolder data)
    {
        _data = data;
        if (builder.ExecutionContext.IsRunMode)
        {
            _datasets = builder.AddParameter("datasets", data.Datasets);
            _experiments = builder.AddParameter("experiments", data.Experiments);
        }
    }

    public void AddTo<T>(IResourceBuilder<T> service)
        where T : IResourceWithEnvironment
    {
        if (_datasets is null || _experiments is null)
        {
            // In containers both folders are mounted under one path.
            service.WithEnvironment(DataFolder.Variable, InContainers);
            return;
        }

        service
            .WithEnvironment(DataFolder.Variable, _data.Root)
            .WithEnvironment(DataFolder.DatasetsVariable, _datasets)
            .WithEnvironment(DataFolder.ExperimentsVariable, _experiments);
    }
}
